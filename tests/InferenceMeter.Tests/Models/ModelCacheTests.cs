using System.Security.Cryptography;
using InferenceMeter.Models;

namespace InferenceMeter.Tests.Models;

public sealed class ModelCacheTests : IDisposable
{
    private const string Name = "model.onnx";
    private static readonly byte[] Right = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Right));
    private readonly TemporaryDirectory _folder = new();
    private int _written;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_written_once_and_used_again()
    {
        var first = new ModelCache(_folder.Root).GetOrWrite(Name, Sha256, Write);
        var second = new ModelCache(_folder.Root).GetOrWrite(Name, Sha256, Write);

        Assert.Equal(first, second);
        Assert.Equal(1, _written);
        Assert.Equal([first], Directory.GetFiles(_folder.Root));
    }

    [Theory]
    [InlineData(50_000, 0)]
    [InlineData(0, 0)]
    [InlineData(100_000, 1)]
    public void A_truncated_or_altered_file_is_built_again(int length, byte change)
    {
        var broken = Right[..length];
        if (length > 0)
            broken[^1] ^= change;
        File.WriteAllBytes(_folder.File(Name), broken);

        var path = new ModelCache(_folder.Root).GetOrWrite(Name, Sha256, Write);

        Assert.Equal(Right, File.ReadAllBytes(path));
    }

    [Fact]
    public void Writers_that_start_at_once_never_show_each_other_half_a_file()
    {
        Parallel.For(
            0,
            16,
            _ =>
            {
                var path = new ModelCache(_folder.Root).GetOrWrite(Name, Sha256, Write);
                Assert.Equal(Right, File.ReadAllBytes(path));
            }
        );

        Assert.Equal([_folder.File(Name)], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void A_writer_that_dies_half_way_leaves_no_file_of_that_name()
    {
        Assert.Throws<InvalidOperationException>(() =>
            new ModelCache(_folder.Root).GetOrWrite(
                Name,
                Sha256,
                stream =>
                {
                    stream.Write(Right.AsSpan(0, 1000));
                    throw new InvalidOperationException();
                }
            )
        );

        Assert.Empty(Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_after_an_hour()
    {
        var (old, young) = (_folder.File(Name + ".1.tmp"), _folder.File(Name + ".2.tmp"));
        File.WriteAllText(old, "");
        File.WriteAllText(young, "");
        File.SetLastWriteTimeUtc(old, File.GetLastWriteTimeUtc(young).AddHours(-2));

        new ModelCache(_folder.Root).GetOrWrite(Name, Sha256, Write);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(young));
    }

    [Fact]
    public void Without_a_cache_the_default_model_is_built_in_memory_with_one_line_of_warning()
    {
        File.WriteAllText(_folder.File("a file, not a folder"), "");
        var warnings = new List<string>();

        var model = DefaultModel.Load(_folder.File("a file, not a folder/cache"), warnings.Add);

        Assert.Equal(
            ("resnet50", "synthetic", 25_530_472),
            (model.Description.Name, model.Description.Weights, model.Description.Parameters)
        );
        Assert.Equal(ResNet50Builder.Sha256, model.Description.Sha256);
        Assert.DoesNotContain('\n', Assert.Single(warnings));
    }

    private void Write(Stream stream)
    {
        Interlocked.Increment(ref _written);
        foreach (var part in Right.Chunk(999))
            stream.Write(part);
    }
}

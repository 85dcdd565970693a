using System.Diagnostics;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>Against Pillow itself, the library behind the published accuracies.</summary>
public sealed class PillowTests
{
    private const string Script = """
        import sys
        from PIL import Image
        for name in sys.stdin.read().splitlines():
            image = Image.open(name).convert("RGB")
            w, h = image.size
            size = (256, int(256 * h / w)) if w <= h else (int(256 * w / h), 256)
            left, top = round((size[0] - 224) / 2.0), round((size[1] - 224) / 2.0)
            resized = image.resize(size, Image.BILINEAR).crop((left, top, left + 224, top + 224))
            sys.stdout.buffer.write(resized.tobytes())
        """;

    private static readonly PreprocessingOptions Full = new() { ScaledDecoding = false };

    public static TheoryData<string> Names => Decoders.All;

    [ToolTheory("python3:PIL")]
    [MemberData(nameof(Names))]
    public void Lossless_pictures_come_out_as_pillow_makes_them_to_within_a_level(string decoder)
    {
        using var folder = new TemporaryDirectory();
        (int, int)[] sizes =
        [
            (500, 375),
            (375, 500),
            (500, 333),
            (256, 256),
            (224, 301),
            (100, 67),
            (17, 33),
            (1201, 903),
            (900, 41),
            (2, 5),
            (640, 479),
        ];
        var files = sizes
            .Select((size, i) => Write(folder, $"{i}.png", PngWriter.Rgb(Picture.Noise(size.Item1, size.Item2, i))))
            .ToArray();

        var pillow = Run(files);

        for (var i = 0; i < files.Length; i++)
        {
            // Pillow rounds to whole levels after the horizontal pass and again after the vertical one; we round once.
            var difference = Difference.Between(pillow[i], Decoders.Decode(decoder, File.ReadAllBytes(files[i]), Full));
            Assert.True(difference is { Max: <= 1, Mean: < 0.35 }, $"{sizes[i]}: {difference}");
        }
    }

    /// <summary>
    /// Skia and Pillow share libjpeg-turbo, and differ by no more than rounding. ImageSharp has its own inverse
    /// transform
    /// and repeats the samples of a colour channel of half size, where libjpeg-turbo interpolates between them: at
    /// sharp
    /// edges of colour single values are far off, the mean is not.
    /// </summary>
    [ToolTheory("python3:PIL")]
    [InlineData("skia", 2, 0.35)]
    [InlineData("imagesharp", 64, 1.0)]
    public void Photos_come_out_as_pillow_makes_them(string decoder, int most, double mean)
    {
        using var folder = new TemporaryDirectory();
        string[] synthetic =
        [
            .. Enumerable.Range(0, 8).Select(i => Write(folder, $"{i}.jpg", SyntheticPhotoGenerator.Make(i))),
        ];
        string[] real = SharedData.Root is null ? [] : Directory.GetFiles(SharedData.Images, "*.JPEG");
        string[] files = [.. synthetic, .. real];

        var pillow = Run(files);

        for (var i = 0; i < files.Length; i++)
        {
            var difference = Difference.Between(pillow[i], Decoders.Decode(decoder, File.ReadAllBytes(files[i]), Full));
            Assert.True(difference.Max <= most && difference.Mean < mean, $"{files[i]}: {difference}");
        }
    }

    private static string Write(TemporaryDirectory folder, string name, byte[] bytes)
    {
        File.WriteAllBytes(folder.File(name), bytes);
        return folder.File(name);
    }

    private static byte[][] Run(string[] files)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var python = Process.Start(start)!;
        python.StandardInput.Write(string.Join('\n', files));
        python.StandardInput.Close();
        using var output = new MemoryStream();
        python.StandardOutput.BaseStream.CopyTo(output);
        python.WaitForExit();
        Assert.Equal(0, python.ExitCode);
        return [.. output.ToArray().Chunk(224 * 224 * 3)];
    }
}

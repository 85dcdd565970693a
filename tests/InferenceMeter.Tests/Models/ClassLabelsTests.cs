using InferenceMeter.Models;

namespace InferenceMeter.Tests.Models;

public sealed class ClassLabelsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact]
    public void The_ImageNet_names_are_the_first_names_of_their_synsets() =>
        Assert.Equal(File.ReadLines(SharedData.Labels).Select(line => line.Split(',')[0]), ClassLabels.ImageNet);

    [Fact]
    public void There_are_a_thousand_ImageNet_names()
    {
        Assert.Equal(1000, ClassLabels.ImageNet.Count);
        Assert.Equal(("tench", "toilet tissue"), (ClassLabels.ImageNet[0], ClassLabels.ImageNet[999]));
    }

    [Fact]
    public void A_named_file_comes_before_the_sidecar_and_the_sidecar_before_nothing()
    {
        var path = _folder.File("tiny.onnx");
        TinyModel.Write(new TinyModel().Build(), path);
        var none = OnnxModelLoader.Load(path).Description.Labels;
        File.WriteAllText(path + ".json", """{ "labels": "names.txt" }""");
        File.WriteAllText(_folder.File("names.txt"), "a\nb\nc\nd\ne\n");
        File.WriteAllText(_folder.File("others.txt"), "v\nw\nx\ny\nz");

        Assert.Empty(none);
        Assert.Equal(["a", "b", "c", "d", "e"], OnnxModelLoader.Load(path).Description.Labels);
        Assert.Equal(
            ["v", "w", "x", "y", "z"],
            OnnxModelLoader.Load(path, _folder.File("others.txt")).Description.Labels
        );
    }
}

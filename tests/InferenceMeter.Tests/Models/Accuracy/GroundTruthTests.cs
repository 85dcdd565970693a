using InferenceMeter.Errors;
using InferenceMeter.Models;
using InferenceMeter.Models.Accuracy;

namespace InferenceMeter.Tests.Models.Accuracy;

public sealed class GroundTruthTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("file\tclass_index\twnid\na.jpg\t7\tn01514668\nb/c.jpg\t9\tn1\n")]
    [InlineData("class,file\r\n7,a.jpg\r\n9,b/c.jpg\r\n")]
    [InlineData("a.jpg 7\nb/c.jpg 9")]
    [InlineData("a.jpg\t7\n\nb/c.jpg\t9\n")]
    public void Labels_are_read_in_the_forms_that_people_have(string text)
    {
        var truth = GroundTruth.FromFile(Write(text), 10);

        Assert.Equal((7, 7, 9), (truth.Find("a.jpg"), truth.Find("/any/where/a.jpg"), truth.Find("/images/b/c.jpg")));
        Assert.Null(truth.Find("/images/c.jpg"));
        Assert.Null(truth.Find("/images/aa.jpg"));
    }

    [Theory]
    [InlineData("a.jpg\t10\n", "line 1 has class 10, and the model has 10: from 0 to 9")]
    [InlineData("a.jpg\t1\nb.jpg\tdog\n", "line 2 is not a file's name and a class index")]
    [InlineData("a.jpg\t1\nb.jpg\t-1\n", "line 2 is not")]
    [InlineData("a.jpg\t1\na.jpg\t2\n", "line 2 gives a.jpg another class than before")]
    [InlineData("x\ty\na.jpg\t1\n", "line 1 names no columns file and class_index")]
    [InlineData("", "has no labels")]
    public void What_is_no_label_is_told_with_its_line(string text, string said) =>
        Assert.Contains(
            said,
            Assert.Throws<ModelException>(() => GroundTruth.FromFile(Write(text), 10)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Subfolders_of_all_synsets_are_classes_in_their_order()
    {
        for (var i = 0; i < 1000; i++)
            Directory.CreateDirectory(_folder.File($"n{i * 7:00000000}"));
        Directory.CreateDirectory(_folder.File("thumbnails"));

        var truth = GroundTruth.FromFolders(_folder.Root, synsets: null, 1000);

        Assert.Equal(
            (0, 999),
            (truth.Find(_folder.File("n00000000/a.jpg")), truth.Find(_folder.File("n00006993/a.jpg")))
        );
        Assert.Null(truth.Find(_folder.File("thumbnails/a.jpg")));
    }

    [Fact]
    public void Some_of_the_synsets_need_to_be_told_their_order()
    {
        Directory.CreateDirectory(_folder.File("n00000002"));
        var order = Write("n00000003 dog, domestic dog\nn00000002 cat\n");

        Assert.Equal(1, GroundTruth.FromFolders(_folder.Root, order, 2).Find(_folder.File("n00000002/a.jpg")));
        Assert.Equal(
            ErrorSubject.Synsets,
            Assert.Throws<ModelException>(() => GroundTruth.FromFolders(_folder.Root, null, 1000)).Subject
        );
        Assert.Contains(
            "needs 3 lines",
            Assert.Throws<ModelException>(() => GroundTruth.FromFolders(_folder.Root, order, 3)).Message,
            StringComparison.Ordinal
        );
        Directory.CreateDirectory(_folder.File("n00000009"));
        Assert.Contains(
            "has no n00000009",
            Assert.Throws<ModelException>(() => GroundTruth.FromFolders(_folder.Root, order, 2)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_folder_without_any_says_how_to_label()
    {
        var refused = Assert.Throws<ModelException>(() => GroundTruth.FromFolders(_folder.Root, null, 1000));

        Assert.Contains("which class each image shows", refused.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorSubject.TruthLabels, refused.Subject);
    }

    private string Write(string text)
    {
        var path = _folder.File("labels.txt");
        File.WriteAllText(path, text);
        return path;
    }
}

using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;

namespace InferenceMeter.Tests.Models.Catalog;

public sealed class ModelCatalogTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string CatalogFile => _folder.File("catalog.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_file_has_mirrors_at_different_hosts_or_paths_and_a_published_hash()
    {
        var models = ModelCatalog.Default.Models;

        Assert.Equal(6, models.Count);
        var names = models.SelectMany(model => model.Aliases.Append(model.Name)).ToArray();
        Assert.Equal(names.Length, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(
            models,
            model =>
            {
                Assert.InRange(model.Urls.Count, 2, 5);
                Assert.Equal(model.Urls.Count, model.Urls.Distinct().Count());
                Assert.All(model.Urls.Append(model.Source), address => Assert.Equal("https", address.Scheme));
                Assert.NotEqual("media.githubusercontent.com", model.Urls[0].Host);
                if (model.Sha256 is { } hash)
                    Assert.Matches("^[0-9a-f]{64}$", hash);
                else
                    Assert.Matches("^[0-9a-f]{32}$", model.Md5);
                Assert.InRange(model.Top1!.Value, 70, 80);
            }
        );
    }

    [Theory]
    [InlineData("resnet50")]
    [InlineData("ResNet50")]
    [InlineData("mlperf-resnet50-v1.5")]
    public void The_default_is_MLPerfs_file_under_either_name(string name)
    {
        var model = ModelCatalog.Default.Find(name)!;

        Assert.Equal("mlperf-resnet50-v1.5", model.Name);
        Assert.Equal(76.456, model.Top1);
        Assert.Null(model.Sha256);
        Assert.True(model.Sidecar.GetProperty("background_class").GetBoolean());
        Assert.Equal(model, ModelCatalog.Default.Find(ModelCatalog.DefaultName));
    }

    [Theory]
    [InlineData("resnet-50", "resnet50")]
    [InlineData("renset50", "resnet50")]
    [InlineData("resnet50-v1-13", "resnet50-v1-12")]
    [InlineData("mlperf-resnet50-v15", "mlperf-resnet50-v1.5")]
    [InlineData("vgg16", null)]
    public void The_nearest_name_is_suggested(string name, string? expected)
    {
        Assert.Null(ModelCatalog.Default.Find(name));
        Assert.Equal(expected, ModelCatalog.Default.Nearest(name));
        Assert.Contains("resnet50-v2-7", ModelCatalog.Default.Suggestion(name), StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalogue_of_ones_own_takes_its_place()
    {
        File.WriteAllText(CatalogFile, Catalog());

        var model = Assert.Single(ModelCatalog.Load(CatalogFile).Models);

        Assert.Equal(("mine", "http://mirror.example/mine.onnx"), (model.Name, model.Urls[0].AbsoluteUri));
    }

    [Theory]
    [InlineData("[]", "cannot be read as a catalogue of models")]
    [InlineData("{ \"hashesFrom\": \"us\", \"models\": [] }", "no models in this catalogue")]
    [InlineData("\"name\": \"mine\"", "\"name\": \"../mine\"", "the name '../mine' cannot be a file's")]
    [InlineData(
        "http://mirror.example/mine.onnx",
        "ftp://mirror.example/mine.onnx",
        "must be addresses that begin with http:// or https://"
    )]
    [InlineData(
        "\"urls\": [",
        "\"sha256\": \"abc\", \"urls\": [",
        "\"sha256\" and \"md5\" of mine are 64 and 32 hexadecimal digits"
    )]
    [InlineData("\"urls\": [", "\"url\": [", "cannot be read as a catalogue of models")]
    [InlineData("{ \"models\": [] }", "cannot be read as a catalogue of models")]
    [InlineData("{ \"hashesFrom\": \"us\", \"models\": [null] }", "one of its models is null")]
    [InlineData("[\"http://mirror.example/mine.onnx\"]", "null", "cannot be read as a catalogue of models")]
    [InlineData(
        "[\"http://mirror.example/mine.onnx\"]",
        "[null]",
        "must be addresses that begin with http:// or https://"
    )]
    [InlineData(
        "[\"http://mirror.example/mine.onnx\"]",
        "[\"http://a/b\"], \"aliases\": [null]",
        "an alias of mine is null"
    )]
    public void A_catalogue_that_cannot_be_used_is_one_line(string from, string to, string? expected = null)
    {
        File.WriteAllText(CatalogFile, expected is null ? from : Catalog().Replace(from, to, StringComparison.Ordinal));

        var wrong = Assert.Throws<ModelException>(() => ModelCatalog.Load(CatalogFile));

        Assert.StartsWith(CatalogFile, wrong.Message, StringComparison.Ordinal);
        Assert.Contains(expected ?? to, wrong.Message, StringComparison.Ordinal);
        Assert.Single(wrong.Message.Split('\n'));
    }

    [Fact]
    public void A_catalogue_that_is_not_there_is_one_line() =>
        Assert.Contains(
            "cannot be read",
            Assert.Throws<ModelException>(() => ModelCatalog.Load(CatalogFile)).Message,
            StringComparison.Ordinal
        );

    private static string Catalog() =>
        """
            {
              "hashesFrom": "us",
              "models": [
                {
                  "name": "mine", "about": "ours", "licence": "MIT", "precision": "fp32",
                  "source": "https://example.com/", "urls": ["http://mirror.example/mine.onnx"]
                }
              ]
            }
            """;
}

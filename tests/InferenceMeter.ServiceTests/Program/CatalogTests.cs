using System.Text.Json;
using InferenceMeter.Tests.Pricing.Feeds;
using SkiaSharp;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>What the tests of models by name share: local servers in place of the catalogue's, and pictures.</summary>
public abstract class CatalogTests : IAsyncDisposable
{
    protected const string FileName = "mlperf-resnet50-v1.5.onnx";

    private protected static readonly byte[] Model = MlperfStandIn.Write();
    private protected static readonly SKColor[] Colours = [new(255, 0, 0), new(0, 255, 0), new(0, 0, 255)];

    protected DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory();

    /// <summary>A mirror that has nothing.</summary>
    private protected LocalServer Gone { get; } = new((context, _) => LocalServer.TextAsync(context, "", 404));

    /// <summary>A mirror that has the model.</summary>
    private protected LocalServer Server { get; } =
        new(async (context, _) => await context.Response.OutputStream.WriteAsync(Model));

    protected string Cached => File_($"cache/inferencemeter/models/{FileName}");

    public async ValueTask DisposeAsync()
    {
        await Gone.DisposeAsync();
        await Server.DisposeAsync();
        Folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string File_(string name) => Path.Combine(Folder.FullName, name);

    protected Task<(int Code, string Output)> Run(string arguments) =>
        Tool.RunAsync(
            RunningMeter.Executable,
            arguments.Split(' '),
            folder: Folder.FullName,
            environment: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["XDG_CACHE_HOME"] = File_("cache"),
                ["Model__CatalogFile"] = File_("catalog.json") is var file && File.Exists(file) ? file : "",
            }
        );

    /// <summary>
    /// The catalogue's entry of MLPerf's model, with other mirrors and without the hash of the real file.
    /// </summary>
    protected void WriteCatalog(params Uri[] mirrors) =>
        File.WriteAllText(
            File_("catalog.json"),
            JsonSerializer.Serialize(
                new
                {
                    hashesFrom = "nobody",
                    models = new[]
                    {
                        new
                        {
                            name = "mlperf-resnet50-v1.5",
                            aliases = new[] { "resnet50" },
                            about = "a stand-in",
                            licence = "Apache-2.0",
                            precision = "fp32",
                            source = "https://example.com/",
                            urls = mirrors.Select(mirror => new Uri(mirror, "resnet50_v1.onnx")),
                            sidecar = InferenceMeter.Models.Catalog.ModelCatalog.Default.Find("resnet50")!.Sidecar,
                        },
                    },
                }
            )
        );

    protected void Pictures()
    {
        var folder = Folder.CreateSubdirectory("pictures").FullName;
        for (var i = 0; i < Colours.Length; i++)
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), Picture(Colours[i]));
        File.WriteAllLines(
            File_("labels.tsv"),
            MlperfStandIn.Answers.Select((answer, i) => $"{i}.png\t{answer.Class}")
        );
    }

    protected static byte[] Picture(SKColor colour)
    {
        using var bitmap = new SKBitmap(240, 240);
        bitmap.Erase(colour);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 90);
        return data.ToArray();
    }
}

using System.CommandLine;
using InferenceMeter.Hosting;
using InferenceMeter.Models;
using InferenceMeter.Models.Catalog;
using Spectre.Console;

namespace InferenceMeter.Commands.Models;

/// <summary><c>model list</c> and <c>model pull NAME</c>: well-known files, fetched and checked.</summary>
internal static class CatalogCommands
{
    private const int Sha256Digits = 64;

    public static Command List()
    {
        var command = new Command(
            "list",
            "The models that can be pulled: what they are, their licence and published accuracy."
        );
        command.SetAction(_ => ModelCommand.Guard(() => Task.FromResult(List(AnsiConsole.Console))));
        return command;
    }

    public static Command Pull()
    {
        var name = new Argument<string>("NAME") { Description = "a name of `model list`" };
        var output = ModelCommand.Output();
        var sha256 = new Option<string?>("--sha256")
        {
            Description = "of the right file, for a model whose hash no public source says, or an --url of yours",
            HelpName = "HEX",
        };
        var url = new Option<string?>("--url")
        {
            Description = "another address of the same file, such as a mirror",
            HelpName = "URL",
        };
        var command = new Command(
            "pull",
            "Fetch a model, go on after an interruption, and check its hash before it has its name."
        )
        {
            name,
            output,
            sha256,
            url,
        };
        command.SetAction(
            (parsed, cancellation) =>
                ModelCommand.Guard(() =>
                    PullAsync(
                        parsed.GetValue(name)!,
                        parsed.GetValue(output),
                        parsed.GetValue(sha256),
                        parsed.GetValue(url),
                        cancellation
                    )
                )
        );
        return command;
    }

    private static int List(IAnsiConsole console)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("name", "precision", "MB", "top-1", "top-5", "licence", "what it is");
        foreach (var column in new[] { 2, 3, 4 })
            table.Columns[column].RightAligned();
        foreach (var model in ModelCatalog.Default.Models)
            table.AddRow(
                new[]
                {
                    model.Name,
                    model.Precision,
                    model.Bytes is { } bytes ? $"{bytes / 1e6:0.0}" : "",
                    $"{model.Top1:0.00}",
                    $"{model.Top5:0.00}",
                    model.Licence,
                    model.About + (model.Sha256 is null ? " (no public hash: --sha256)" : ""),
                }
                    .Select(Markup.Escape)
                    .ToArray()
            );
        console.Write(table);
        console.WriteLine(
            $"accuracy in percent of ImageNet's 50,000 validation images, as published; {ModelCatalog.Default.HashesFrom}"
        );
        return ExitCodes.Ok;
    }

    private static async Task<int> PullAsync(
        string name,
        string? output,
        string? sha256,
        string? url,
        CancellationToken cancellation
    )
    {
        var model =
            ModelCatalog.Default.Find(name)
            ?? throw new UserException(
                $"no model '{name}', accepted: {string.Join(", ", ModelCatalog.Default.Models.Select(known => known.Name))}"
            );
        if (sha256 is not null && (sha256.Length != Sha256Digits || !sha256.All(char.IsAsciiHexDigit)))
            throw new UserException($"--sha256 is '{sha256}', accepted: {Sha256Digits} hexadecimal digits");
        var hash =
            sha256?.ToLowerInvariant()
            ?? model.Sha256
            ?? throw new UserException(
                $"no public source says the hash of {name}; give --sha256 of the file that you know to be right ({model.Source})"
            );
        if (
            !Uri.TryCreate(url ?? model.Url.AbsoluteUri, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
        )
            throw new UserException($"--url is '{url}', accepted: an address that begins with http:// or https://");
        var path = output ?? $"{name}.onnx";
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.ParseAdd($"InferenceMeter/{BuildInfo.Version.Split('+')[0]}");
        try
        {
            await AnsiConsole
                .Console.Progress()
                .Columns(
                    new TaskDescriptionColumn(),
                    new ProgressBarColumn(),
                    new DownloadedColumn(),
                    new TransferSpeedColumn(),
                    new RemainingTimeColumn()
                )
                .StartAsync(async progress =>
                {
                    var task = progress.AddTask(Markup.Escape(name), maxValue: model.Bytes ?? 1);
                    await new ModelDownload(
                        http,
                        new DownloadPatience(),
                        TimeProvider.System,
                        trouble => Console.Error.WriteLine($"warning: {trouble}")
                    ).FetchAsync(
                        address,
                        path,
                        hash,
                        (done, all) => (task.MaxValue, task.Value) = (Math.Max(all ?? done, 1), done),
                        cancellation
                    );
                });
            await File.WriteAllTextAsync(path + ".json", model.Sidecar.GetRawText() + "\n", cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserException(
                $"{path} cannot be written: {e.Message}; give --output a file in a folder that exists and is yours"
            );
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(
                "interrupted: what came is kept, and the same command goes on from there"
            );
            return ExitCodes.Interrupted;
        }

        AnsiConsole.Console.WriteLine(
            $"{path}: {new FileInfo(path).Length / 1e6:0.0} MB, SHA-256 {hash}, {model.Licence}; its preprocessing is in {path}.json"
        );
        return ExitCodes.Ok;
    }
}

using System.CommandLine;
using InferenceMeter.Errors;
using InferenceMeter.Models.Catalog;
using InferenceMeter.Settings;
using Spectre.Console;

namespace InferenceMeter.Cli.Models;

/// <summary><c>model list</c> and <c>model pull [NAME]</c>: well-known files, downloaded and checked.</summary>
internal static class CatalogCommands
{
    private const int Sha256Digits = 64;

    public static Command List(
        Action<Command, CommandScopes, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add
    )
    {
        var command = new Command(
            "list",
            "The models that are known by name: what they are, their licence and published accuracy."
        );
        add(
            command,
            CommandScopes.Models,
            (settings, _, _) =>
                Task.FromResult(List(ModelCatalog.Load(settings.Model.CatalogFile), AnsiConsole.Console))
        );
        return command;
    }

    public static Command Pull(
        Action<Command, CommandScopes, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add
    )
    {
        var name = new Argument<string>("NAME")
        {
            Description = "a name of `model list`; default: resnet50, MLPerf's",
            DefaultValueFactory = _ => ModelCatalog.DefaultName,
        };
        var output = ModelCommand.Output();
        var sha256 = new Option<string?>("--sha256")
        {
            Description = "SHA-256 of the right file, when you know it, or for an --url of yours",
            HelpName = "HEX",
        };
        var url = new Option<string?>("--url")
        {
            Description = "another address of the same file, such as a mirror",
            HelpName = "URL",
        };
        var command = new Command(
            "pull",
            "Download a model: interrupted downloads continue, and the hash is checked before the file gets its name."
        )
        {
            name,
            output,
            sha256,
            url,
        };
        add(
            command,
            CommandScopes.Models,
            (settings, parsed, cancellation) =>
                PullAsync(
                    ModelCatalog.Load(settings.Model.CatalogFile),
                    parsed.GetValue(name)!,
                    parsed.GetValue(output),
                    parsed.GetValue(sha256),
                    parsed.GetValue(url),
                    cancellation
                )
        );
        return command;
    }

    private static int List(ModelCatalog catalog, IAnsiConsole console)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("name", "precision", "MB", "top-1", "top-5", "licence", "what it is");
        foreach (var column in new[] { 2, 3, 4 })
            table.Columns[column].RightAligned();
        foreach (var model in catalog.Models)
            table.AddRow([.. Cells(model).Select(Markup.Escape)]);
        console.Write(table);
        console.WriteLine("accuracy in percent of ImageNet's 50,000 validation images, as published");
        console.WriteLine(
            $"hashes: {catalog.HashesFrom}; a file without a published SHA-256 has to stay as it was on "
                + "the first download"
        );
        return ExitCodes.Ok;
    }

    private static IEnumerable<string> Cells(CatalogModel model) =>
        [
            string.Join(", ", model.Aliases.Prepend(model.Name)),
            model.Precision,
            model.Bytes is { } bytes ? $"{bytes / 1e6:0.0}" : "",
            $"{model.Top1:0.00}",
            $"{model.Top5:0.00}",
            model.Licence,
            model.About,
        ];

    private static async Task<int> PullAsync(
        ModelCatalog catalog,
        string name,
        string? output,
        string? sha256,
        string? url,
        CancellationToken cancellation
    )
    {
        var model =
            catalog.Find(name)
            ?? throw new UserException($"no model '{name}' in the catalogue; {catalog.Suggestion(name)}");
        if (sha256 is not null && (sha256.Length != Sha256Digits || !sha256.All(char.IsAsciiHexDigit)))
            throw new UserException($"--sha256 is '{sha256}', accepted: {Sha256Digits} hexadecimal digits");
        var mirrors = url is null ? null : new[] { Address(url) };
        var path = output ?? $"{model.Name}.onnx";
        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
        var hash = await ModelFiles.EnsureAsync(
            model,
            path,
            mirrors,
            sha256?.ToLowerInvariant(),
            "--output a file in a folder that exists and is yours",
            stop.Token
        );
        var console = AnsiConsole.Console;
        console.WriteLine(
            $"{path}: {new FileInfo(path).Length / 1e6:0.0} MB, SHA-256 {hash}, {model.Licence}; its "
                + $"preprocessing is in {path}.json"
        );
        if (model.Sha256 is null)
            console.WriteLine(
                "nobody publishes a SHA-256 of this file: this one is recorded in "
                    + $"{ModelStore.RecordOf(path)} and checked from now on"
            );
        return ExitCodes.Ok;
    }

    private static Uri Address(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new UserException($"--url is '{url}', accepted: an address that begins with http:// or https://");
}

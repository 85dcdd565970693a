using System.CommandLine;
using InferenceMeter.Comparison;
using InferenceMeter.Errors;
using InferenceMeter.History;
using InferenceMeter.Reports;
using InferenceMeter.Web.Api;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>compare</c>: results of <c>bench --json</c> side by side, and why two of them differ.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description =
                "results of `inferencemeter bench --json FILE`, from any machine; with --history also ids of runs",
            Arity = ArgumentArity.OneOrMore,
        };
        var history = new Option<string?>("--history")
        {
            Description = "history file (SQLite) in which runs are looked up by their ids",
            HelpName = "FILE",
        };
        var format = new Option<string?>("--format")
        {
            Description = "text, markdown, csv, json or html; default: by the extension of --output, else text",
            HelpName = "NAME",
        };
        var output = new Option<string?>("--output")
        {
            Description = "where to write it; default: here",
            HelpName = "FILE",
        };
        var basis = new Option<string>("--basis")
        {
            Description = $"what is sorted and explained: {string.Join(", ", ComparisonReport.Bases)}",
            HelpName = "NAME",
            DefaultValueFactory = _ => "wall",
        };
        var pair = new Option<string?>("--pair")
        {
            Description =
                "the two runs whose difference is explained, by their names; default: the two, or the "
                + "cheapest and the dearest",
            HelpName = "A,B",
        };
        var anchor = new Option<string>("--anchor")
        {
            Description = "reference at which the trend lines of the HTML report start",
            HelpName = "ID",
            DefaultValueFactory = _ => ReferenceEndpoints.DefaultAnchor,
        };
        var command = new Command(
            "compare",
            "Show runs side by side, and split the cost of one against another into its causes."
        )
        {
            files,
            history,
            format,
            output,
            basis,
            pair,
            anchor,
        };
        command.SetAction(parsed =>
            ErrorLine.GuardAsync(() =>
                Task.FromResult(
                    Run(
                        parsed.GetValue(files)!,
                        parsed.GetValue(history),
                        Format(parsed.GetValue(format), parsed.GetValue(output)),
                        parsed.GetValue(output),
                        parsed.GetValue(basis)!,
                        parsed.GetValue(pair),
                        parsed.GetValue(anchor)!
                    )
                )
            )
        );
        return command;
    }

    private static int Run(
        string[] files,
        string? history,
        string format,
        string? output,
        string basis,
        string? pair,
        string anchor
    )
    {
        if (!ComparisonReport.Bases.Contains(basis, StringComparer.Ordinal))
            throw new UserException($"--basis is '{basis}', accepted: {string.Join(" or ", ComparisonReport.Bases)}");
        var from =
            ReferenceEndpoints.Anchor(anchor)
            ?? throw new UserException(
                $"--anchor is '{anchor}', accepted: {string.Join(", ", ReferenceEndpoints.Anchors)}"
            );
        var labels = pair?.Split(',', StringSplitOptions.TrimEntries);
        if (labels is { Length: not 2 })
            throw new UserException($"--pair is '{pair}', accepted: the names of two runs with a comma between them");
        if (Read(files, history) is not { } runs)
            return ExitCodes.BadSettings;
        var comparison = RunComparison.Of(runs, basis, labels is [var a, var b] ? (a, b) : null);
        if (format == "text" && output is null)
            TextReport.Write(AnsiConsole.Console, comparison);
        else
            Write(output, ComparisonReport.Render(format, comparison, from));
        return ExitCodes.Ok;
    }

    /// <summary>All files, or every reason why they cannot be used.</summary>
    private static List<ComparedRun>? Read(string[] files, string? history)
    {
        if (history is not null && !File.Exists(history))
            throw new UserException(
                $"--history {history} does not exist; give the file that the meter was started with"
            );
        using var kept = history is null ? null : HistoryFile.Open(history, TimeProvider.System);
        if (kept?.Trouble is { } trouble)
            throw new UserException(trouble);
        var (runs, broken) = (new List<ComparedRun>(), false);
        foreach (var (file, label) in files.Zip(Labels(files)))
        {
            try
            {
                runs.Add(kept is null ? RunFileReader.Read(file, label) : Read(file, label, kept, history!));
            }
            catch (RunFileException e)
            {
                broken = true;
                Console.Error.WriteLine(ErrorLine.Of(e));
            }
        }

        return broken ? null : runs;
    }

    /// <summary>A file, or else a run of the history with that id.</summary>
    private static ComparedRun Read(string file, string label, HistoryFile kept, string history)
    {
        if (File.Exists(file))
            return RunFileReader.Read(file, label);
        return kept.FindRun(file) is { } run
            ? RunFileReader.Parse(run.Document, $"run {file}", label)
            : throw new RunFileException($"{file} is no file, and {history} has no run of that id");
    }

    /// <summary>File names without extension; those that are equal get a number.</summary>
    private static IEnumerable<string> Labels(string[] files)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in files.Select(Path.GetFileNameWithoutExtension).Select(name => name!))
        {
            seen[name] = seen.GetValueOrDefault(name) + 1;
            yield return seen[name] == 1 ? name : $"{name} ({seen[name]})";
        }
    }

    private static string Format(string? format, string? output)
    {
        var chosen =
            format
            ?? Path.GetExtension(output)?.ToLowerInvariant() switch
            {
                ".md" => "markdown",
                ".csv" => "csv",
                ".json" => "json",
                ".html" or ".htm" => "html",
                _ => "text",
            };
        return ComparisonReport.Formats.Contains(chosen, StringComparer.Ordinal)
            ? chosen
            : throw new UserException(
                $"--format is '{chosen}', accepted: {string.Join(" or ", ComparisonReport.Formats)}"
            );
    }

    private static void Write(string? output, string text)
    {
        if (output is null)
        {
            Console.Out.Write(text);
            return;
        }

        try
        {
            File.WriteAllText(output, text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserException(
                $"--output {output} cannot be written: {e.Message}; give a file in a folder that exists and is yours"
            );
        }
    }
}

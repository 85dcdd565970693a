using System.CommandLine;
using InferenceMeter.Errors;
using InferenceMeter.Settings;

namespace InferenceMeter.Cli.Models;

/// <summary>
/// <c>model make | inspect | convert | evaluate | list | pull</c>: model files, what is in them, and how right they
/// are.
/// </summary>
internal static class ModelCommand
{
    /// <param name="add">Gives a command its settings and what it runs.</param>
    public static Command Create(
        Action<Command, CommandScopes, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add
    )
    {
        var model = new Command("model", "Model files: make, look into, convert, evaluate and fetch them.");
        model.Subcommands.Add(MakeCommand.Create());
        model.Subcommands.Add(InspectCommand.Create(add));
        model.Subcommands.Add(ConvertCommand.Create(add));
        model.Subcommands.Add(EvaluateCommand.Create(add));
        model.Subcommands.Add(CatalogCommands.List(add));
        model.Subcommands.Add(CatalogCommands.Pull(add));
        return model;
    }

    /// <summary>An option for a folder to write into or a file to write.</summary>
    public static Option<string?> Output() =>
        new("--output")
        {
            Description = "file to write; default: beside the model, or in this folder",
            HelpName = "FILE",
        };

    public static Option<bool> Force() => new("--force") { Description = "write over a file that is there" };

    /// <summary>Writes a file whole or not at all.</summary>
    /// <exception cref="UserException">It is there already, or cannot be written.</exception>
    public static void Write(string path, bool force, Action<Stream> write)
    {
        if (File.Exists(path) && !force)
            throw new UserException($"{path} is there already; give --force to replace it, or another --output");
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
                write(stream);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserException(
                $"{path} cannot be written: {e.Message}; give --output a file in a folder that exists and is yours"
            );
        }
        finally
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }
}

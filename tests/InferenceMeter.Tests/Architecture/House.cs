using System.Text.RegularExpressions;

namespace InferenceMeter.Tests.Architecture;

/// <summary>The rooms of one project, and what they may not use.</summary>
/// <param name="Project">Folder below <c>src</c>.</param>
/// <param name="Rooms">In order: a room uses itself and the rooms before it.</param>
/// <param name="Below">Rooms of the project that this one is built on; all of them may be used.</param>
/// <param name="Forbidden">Starts of namespaces and packages that have no business in it.</param>
internal sealed partial record House(string Project, string[] Rooms, string[] Below, string[] Forbidden)
{
    /// <summary>The meter as a library.</summary>
    public static House Core { get; } =
        new(
            "InferenceMeter.Core",
            [
                "Errors",
                "Images",
                "Preprocessing",
                "Batching",
                "Models",
                "Inference",
                "Metering",
                "Pricing",
                "Telemetry",
                "Pipeline",
                "History",
                "Runs",
                "Comparison",
                "Tuning",
                "LoadTesting",
                "Composition",
            ],
            [],
            [
                "Microsoft.AspNetCore",
                "Microsoft.Extensions.Hosting",
                "OpenTelemetry",
                "prometheus",
                "Grpc.AspNetCore",
                "Spectre",
                "System.CommandLine",
            ]
        );

    /// <summary>The program.</summary>
    public static House Program { get; } =
        new(
            "InferenceMeter",
            ["Errors", "Settings", "Documents", "Reports", "Terminal", "Web", "LoadTargets", "Cli"],
            Core.Rooms,
            []
        );

    public string Folder => Path.Combine(Repository.Root, "src", Project);

    public IReadOnlyList<SourceFile> Files => SourceFile.Below(Folder);

    /// <summary>One line for each use of a room that is not before the file's own.</summary>
    public IEnumerable<string> Violations(SourceFile file)
    {
        var hasNamespace = false;
        foreach (var line in file.Lines.Select(line => line.Trim()))
        {
            // Comments and the names of embedded files are not dependencies.
            if (line.StartsWith("//", StringComparison.Ordinal))
                continue;
            if (line.StartsWith("global using ", StringComparison.Ordinal))
                yield return $"{file.Path} has a global using";
            if (Forbidden.FirstOrDefault(name => Uses(line, name)) is { } forbidden)
                yield return $"{file.Path} uses {forbidden}";
            foreach (Match match in Names().Matches(Strings().Replace(line, "")))
            {
                var used = match.Groups["room"].Value;
                var isNamespace = match.Groups["namespace"].Success;
                hasNamespace |= isNamespace;
                if (isNamespace && used != file.Room)
                    yield return $"{file.Path} is in namespace {used}";
                if (!isNamespace && !MayUse(file.Room, used))
                    yield return $"{file.Path} uses {used}";
            }
        }

        if (!hasNamespace && file.Room.Length > 0)
            yield return $"{file.Path} is in no namespace";
    }

    private static bool Uses(string line, string name) =>
        line.StartsWith($"using {name}", StringComparison.OrdinalIgnoreCase);

    private bool MayUse(string room, string used)
    {
        // What lies in no room starts the program.
        if (room.Length == 0 || Below.Contains(used, StringComparer.Ordinal))
            return true;
        var at = Array.IndexOf(Rooms, used);
        return at >= 0 && at <= Array.IndexOf(Rooms, room);
    }

    [GeneratedRegex(@"(?<namespace>^namespace\s+)?\bInferenceMeter\.(?<room>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Names();

    [GeneratedRegex(@"""[^""]*""", RegexOptions.None, 1000)]
    private static partial Regex Strings();
}

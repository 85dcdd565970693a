using System.Text.RegularExpressions;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Tests;

/// <summary>Folder = stage = namespace, and no stage looks to its right.</summary>
public sealed partial class ArchitectureTests
{
    // Data flows from left to right; the models are the engine's files. Pipeline knows all before it; only Serving, which asks it, comes after.
    private static readonly string[] Stages =
    [
        "Images",
        "Preprocessing",
        "Batching",
        "Models",
        "Inference",
        "Metering",
        "Pricing",
        "History",
        "Comparison",
        "Tuning",
        "Telemetry",
        "Pipeline",
        "Serving",
        "LoadTesting",
    ];

    private static readonly string[] NotInCore =
    [
        "Microsoft.AspNetCore",
        "Microsoft.Extensions.Hosting",
        "OpenTelemetry",
        "prometheus",
        "Grpc.AspNetCore",
        "Spectre",
        "System.CommandLine",
    ];

    [Fact]
    public void No_stage_uses_one_to_its_right() =>
        Assert.Equal([], Sources().SelectMany(source => Violations(source.Path, source.Text)));

    [Fact]
    public void Every_folder_of_the_core_is_a_known_stage_and_every_stage_has_files()
    {
        var folders = Sources().Select(source => source.Path.Split('/')[0]).Distinct();

        Assert.Equal(Stages.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("using InferenceMeter.Metering;", "Batching/A.cs uses Metering")]
    [InlineData("using InferenceMeter.Models.Onnx;", "Batching/A.cs uses Models")]
    [InlineData("using static InferenceMeter.Inference.OrtRuntime;", "Batching/A.cs uses Inference")]
    [InlineData("using Money = InferenceMeter.Pricing.Price;", "Batching/A.cs uses Pricing")]
    [InlineData(
        "    private global::InferenceMeter.Pipeline.PipelineOptions? _options;",
        "Batching/A.cs uses Pipeline"
    )]
    [InlineData(
        "    private readonly InferenceMeter.Telemetry.IDeviceSensor _sensor = null!;",
        "Batching/A.cs uses Telemetry"
    )]
    [InlineData("using InferenceMeter.Elsewhere;", "Batching/A.cs uses Elsewhere")]
    [InlineData("using Microsoft.AspNetCore.Http;", "Batching/A.cs uses Microsoft.AspNetCore")]
    [InlineData("global using InferenceMeter.Images;", "Batching/A.cs has a global using")]
    [InlineData("namespace InferenceMeter.Inference;", "Batching/A.cs is in namespace Inference")]
    public void The_check_finds(string line, string violation) =>
        Assert.Contains(
            violation,
            Violations("Batching/A.cs", $"using System.Text;\n{line}\n\nnamespace InferenceMeter.Batching;\n")
        );

    [Theory]
    [InlineData("using InferenceMeter.Images;")]
    [InlineData("using InferenceMeter.Preprocessing;")]
    [InlineData("// InferenceMeter.Metering reads what this counts")]
    [InlineData("/// <see cref=\"InferenceMeter.Pipeline.InferencePipeline\"/>")]
    public void The_check_allows(string line) =>
        Assert.Empty(Violations("Batching/A.cs", $"{line}\nnamespace InferenceMeter.Batching;\n"));

    [Fact]
    public void A_file_without_a_namespace_is_found() =>
        Assert.Equal(["Batching/A.cs is in no namespace"], Violations("Batching/A.cs", "internal sealed class A;"));

    [Fact]
    public void The_core_is_a_library_without_a_web_server_an_exporter_or_a_console()
    {
        var project = File.ReadAllText(Path.Combine(Repository.Core, "InferenceMeter.Core.csproj"));
        var references = typeof(InferencePipeline)
            .Assembly.GetReferencedAssemblies()
            .Select(assembly => assembly.Name!)
            .ToArray();

        Assert.Contains("Microsoft.ML.OnnxRuntime", references);
        Assert.DoesNotContain(references, IsForbidden);
        Assert.DoesNotContain("Microsoft.NET.Sdk.Web", project, StringComparison.Ordinal);
        Assert.DoesNotContain("<Using ", project, StringComparison.Ordinal);
        Assert.DoesNotContain(References().Matches(project).Select(match => match.Groups["name"].Value), IsForbidden);
    }

    private static bool IsForbidden(string name) =>
        NotInCore.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<(string Path, string Text)> Sources() =>
        Directory
            .EnumerateFiles(Repository.Core, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Path: Path.GetRelativePath(Repository.Core, file).Replace('\\', '/'), File: file))
            .Where(source =>
                !source.Path.StartsWith("obj/", StringComparison.Ordinal)
                && !source.Path.StartsWith("bin/", StringComparison.Ordinal)
            )
            .Select(source => (source.Path, File.ReadAllText(source.File)));

    private static List<string> Violations(string path, string text)
    {
        var stage = path.Split('/')[0];
        var found = new List<string>();
        var hasNamespace = false;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            // Comments and the names of embedded files are not dependencies.
            if (line.StartsWith("//", StringComparison.Ordinal))
                continue;
            if (line.StartsWith("global using ", StringComparison.Ordinal))
                found.Add($"{path} has a global using");
            if (
                NotInCore.FirstOrDefault(name =>
                    line.StartsWith($"using {name}", StringComparison.OrdinalIgnoreCase)
                ) is
                { } forbidden
            )
                found.Add($"{path} uses {forbidden}");
            foreach (Match match in Names().Matches(Strings().Replace(line, "")))
            {
                var used = match.Groups["stage"].Value;
                if (match.Groups["namespace"].Success)
                {
                    hasNamespace = true;
                    if (used != stage)
                        found.Add($"{path} is in namespace {used}");
                }
                else if (Array.IndexOf(Stages, used) < 0 || Array.IndexOf(Stages, used) > Array.IndexOf(Stages, stage))
                {
                    found.Add($"{path} uses {used}");
                }
            }
        }

        if (!hasNamespace)
            found.Add($"{path} is in no namespace");
        return found;
    }

    [GeneratedRegex(@"(?<namespace>^namespace\s+)?\bInferenceMeter\.(?<stage>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Names();

    [GeneratedRegex(@"""[^""]*""", RegexOptions.None, 1000)]
    private static partial Regex Strings();

    [GeneratedRegex(
        @"<(?:Package|Framework|Project)Reference\s+Include=""(?<name>[^""]+)""",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex References();
}

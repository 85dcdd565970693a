using System.Text.RegularExpressions;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Tests.Architecture;

/// <summary>Folder = room = namespace, and no room looks to its right.</summary>
public sealed partial class ArchitectureTests
{
    [Fact]
    public void No_room_of_the_core_uses_one_to_its_right() =>
        Assert.Equal([], House.Core.Files.SelectMany(House.Core.Violations));

    [Fact]
    public void No_room_of_the_program_uses_one_to_its_right() =>
        Assert.Equal([], House.Program.Files.SelectMany(House.Program.Violations));

    [Theory]
    [InlineData("InferenceMeter.Core")]
    [InlineData("InferenceMeter")]
    public void Every_folder_is_a_known_room_and_every_room_has_files(string project)
    {
        var house = new[] { House.Core, House.Program }.Single(one => one.Project == project);

        var folders = house.Files.Select(file => file.Room).Where(room => room.Length > 0).Distinct();

        Assert.Equal(house.Rooms.Order(StringComparer.Ordinal), folders.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("using InferenceMeter.Metering;", "Batching/A.cs uses Metering")]
    [InlineData("using InferenceMeter.Models.Onnx;", "Batching/A.cs uses Models")]
    [InlineData("using static InferenceMeter.Inference.OrtRuntime;", "Batching/A.cs uses Inference")]
    [InlineData("using Money = InferenceMeter.Pricing.Price;", "Batching/A.cs uses Pricing")]
    [InlineData("    private global::InferenceMeter.Pipeline.PipelineOptions? _o;", "Batching/A.cs uses Pipeline")]
    [InlineData(
        "    private readonly InferenceMeter.Telemetry.IDeviceSensor _s = null!;",
        "Batching/A.cs uses Telemetry"
    )]
    [InlineData("using InferenceMeter.Web.Api;", "Batching/A.cs uses Web")]
    [InlineData("using InferenceMeter.Elsewhere;", "Batching/A.cs uses Elsewhere")]
    [InlineData("using Microsoft.AspNetCore.Http;", "Batching/A.cs uses Microsoft.AspNetCore")]
    [InlineData("global using InferenceMeter.Images;", "Batching/A.cs has a global using")]
    [InlineData("namespace InferenceMeter.Inference;", "Batching/A.cs is in namespace Inference")]
    public void The_check_finds(string line, string violation) =>
        Assert.Contains(
            violation,
            House.Core.Violations(
                new SourceFile("Batching/A.cs", $"using System.Text;\n{line}\n\nnamespace InferenceMeter.Batching;\n")
            )
        );

    [Theory]
    [InlineData("using InferenceMeter.Cli;", "Web/Api/A.cs uses Cli")]
    [InlineData("using InferenceMeter.LoadTargets;", "Web/Api/A.cs uses LoadTargets")]
    public void The_check_of_the_program_finds(string line, string violation) =>
        Assert.Contains(
            violation,
            House.Program.Violations(new SourceFile("Web/Api/A.cs", $"{line}\nnamespace InferenceMeter.Web.Api;\n"))
        );

    [Theory]
    [InlineData("using InferenceMeter.Images;")]
    [InlineData("using InferenceMeter.Preprocessing;")]
    [InlineData("// InferenceMeter.Metering reads what this counts")]
    [InlineData("/// <see cref=\"InferenceMeter.Pipeline.InferencePipeline\"/>")]
    public void The_check_allows(string line) =>
        Assert.Empty(House.Core.Violations(new("Batching/A.cs", $"{line}\nnamespace InferenceMeter.Batching;\n")));

    [Fact]
    public void A_file_without_a_namespace_is_found() =>
        Assert.Equal(
            ["Batching/A.cs is in no namespace"],
            House.Core.Violations(new("Batching/A.cs", "internal sealed class A;"))
        );

    [Fact]
    public void The_core_is_a_library_without_a_web_server_an_exporter_or_a_console()
    {
        var project = File.ReadAllText(Path.Combine(House.Core.Folder, "InferenceMeter.Core.csproj"));
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
        House.Core.Forbidden.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(
        @"<(?:Package|Framework|Project)Reference\s+Include=""(?<name>[^""]+)""",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex References();
}

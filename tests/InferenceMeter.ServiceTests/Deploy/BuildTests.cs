using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.Images;
using InferenceMeter.ServiceTests.Program;

namespace InferenceMeter.ServiceTests.Deploy;

/// <summary>What the default build is made of, and which ONNX Runtime each target gets.</summary>
public sealed partial class BuildTests
{
    private static readonly string Root = Tests.Repository.Root;
    private static readonly string Core = Path.Combine(Root, "src", "InferenceMeter.Core");

    [LinuxX64Fact]
    public async Task The_five_packages_that_were_asked_for_are_referenced_by_name_without_a_property()
    {
        var solution = Path.Combine(Root, "InferenceMeter.sln");
        var (code, output) = await Tool.RunAsync(
            "dotnet",
            ["list", solution, "package", "--format", "json"],
            folder: Root
        );

        Assert.True(code == 0, output);
        var referenced = JsonElement
            .Parse(output)
            .GetProperty("projects")
            .EnumerateArray()
            .SelectMany(project => project.GetProperty("frameworks").EnumerateArray())
            .SelectMany(framework => framework.GetProperty("topLevelPackages").EnumerateArray())
            .Select(package => package.GetProperty("id").GetString()!)
            .ToHashSet(StringComparer.Ordinal);
        string[] asked =
        [
            "Microsoft.ML.OnnxRuntime.Gpu",
            "SixLabors.ImageSharp",
            "OpenTelemetry.Exporter.Prometheus.AspNetCore",
            "Polly",
            "xunit",
        ];
        Assert.Superset(asked.ToHashSet(StringComparer.Ordinal), referenced);
    }

    [Theory]
    [InlineData("linux-x64", "cuda", "Microsoft.ML.OnnxRuntime.Gpu")]
    [InlineData("win-x64", "cuda", "Microsoft.ML.OnnxRuntime.Gpu")]
    [InlineData("linux-arm64", "cpu", "Microsoft.ML.OnnxRuntime")]
    [InlineData("osx-arm64", "cpu", "Microsoft.ML.OnnxRuntime")]
    [InlineData("win-arm64", "cpu", "Microsoft.ML.OnnxRuntime")]
    public async Task A_target_gets_the_GPU_package_where_it_has_native_libraries(
        string target,
        string accelerator,
        string package
    )
    {
        var chosen = await Evaluate($"-p:RuntimeIdentifier={target}");

        Assert.Equal(accelerator, chosen.Accelerator);
        Assert.Equal([package], OnnxRuntimes(chosen.Packages));
    }

    [Fact]
    public async Task The_CPU_package_can_be_asked_for_on_any_target_and_nothing_else_changes()
    {
        var cpu = await Evaluate("-p:RuntimeIdentifier=linux-x64", "-p:Accelerator=cpu");
        var cuda = await Evaluate("-p:RuntimeIdentifier=linux-x64");

        Assert.Equal(["Microsoft.ML.OnnxRuntime"], cpu.Packages.Except(cuda.Packages, StringComparer.Ordinal));
        Assert.Equal(["Microsoft.ML.OnnxRuntime.Gpu"], cuda.Packages.Except(cpu.Packages, StringComparer.Ordinal));
    }

    [LinuxX64Fact]
    public async Task Without_a_runtime_identifier_the_SDK_s_own_decides()
    {
        var chosen = await Evaluate();

        Assert.Equal(["Microsoft.ML.OnnxRuntime.Gpu"], OnnxRuntimes(chosen.Packages));
    }

    [Theory]
    [InlineData("-p:Accelerator=tpu", "accepted: -p:Accelerator=cpu or -p:Accelerator=cuda")]
    [InlineData("-p:Accelerator=cuda;RuntimeIdentifier=linux-arm64", "has no native libraries for linux-arm64")]
    [InlineData("-p:Accelerator=cuda;RuntimeIdentifier=osx-arm64", "leave out -p:Accelerator=cuda")]
    public async Task An_accelerator_that_cannot_be_had_is_an_error_that_says_what_to_do(
        string property,
        string expected
    )
    {
        var (code, output) = await Tool.RunAsync(
            "dotnet",
            ["msbuild", Core, "-nologo", "-t:CheckAccelerator", property]
        );

        Assert.NotEqual(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_flavours_of_ONNX_Runtime_have_one_version()
    {
        var versions = File.ReadAllLines(Path.Combine(Root, "Directory.Packages.props"))
            .Where(line => line.Contains("\"Microsoft.ML.OnnxRuntime", StringComparison.Ordinal))
            .ToArray();

        Assert.Equal(2, versions.Length);
        Assert.All(
            versions,
            line => Assert.Contains("Version=\"$(OnnxRuntimeVersion)\"", line, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Each_advisory_that_the_build_suppresses_is_accounted_for_in_the_security_policy()
    {
        var security = File.ReadAllText(Path.Combine(Root, "SECURITY.md"));
        var suppressed = Suppressed()
            .Matches(File.ReadAllText(Path.Combine(Root, "Directory.Build.props")))
            .Select(match => match.Groups["address"].Value)
            .ToArray();

        Assert.NotEmpty(suppressed);
        Assert.All(suppressed, address => Assert.Matches($@"\({Regex.Escape(address)}\)[^\n]+\| no: ", security));
    }

    [Fact]
    public void No_base_image_pins_a_patch_of_DotNet_that_may_be_older_than_the_packages()
    {
        var dockerfile = File.ReadAllText(Path.Combine(Root, "deploy", "Dockerfile"));

        var tags = DotNetImage().Matches(dockerfile).Select(image => image.Groups["tag"].Value).ToArray();

        Assert.Equal(2, tags.Length);
        Assert.All(tags, tag => Assert.Matches(@"^\d+\.\d+-[a-z-]+$", tag));
    }

    /// <summary>The CPU flavour is restored, compiled and run, not only resolved.</summary>
    [LinuxX64Fact]
    public async Task The_CPU_flavour_runs_and_carries_no_CUDA_library()
    {
        using var published = await PublishedProgram.Make("cpu", "amd64");

        var photos = Directory.CreateDirectory(published.File("photos")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(photos, "photo.jpg"), SyntheticPhotoGenerator.Make(0));
        string[] once =
        [
            published.File("inferencemeter.dll"),
            "--once",
            "--images",
            photos,
            "--cache",
            published.Folder,
        ];
        var (code, output) = await Tool.RunAsync("dotnet", once);

        Assert.True(code == 0, output);
        Assert.Contains("1 images ok, 0 failed", output, StringComparison.Ordinal);
        Assert.Equal(["libonnxruntime.so", "libonnxruntime_providers_shared.so"], published.OnnxRuntimeFiles);
        Assert.False(Directory.Exists(published.File("runtimes")));
    }

    [LinuxX64Fact]
    public async Task A_program_for_arm64_is_published_on_amd64_with_the_CPU_package()
    {
        using var published = await PublishedProgram.Make("cpu", "arm64");

        Assert.Equal(["libonnxruntime.so", "libonnxruntime_providers_shared.so"], published.OnnxRuntimeFiles);
        // e_machine of the ELF header: EM_AARCH64.
        const int MachineOffset = 18;
        const byte Aarch64 = 183;
        var library = await File.ReadAllBytesAsync(published.File("libonnxruntime.so"));
        Assert.Equal(Aarch64, library[MachineOffset]);
    }

    [Theory]
    [InlineData("cuda", "arm64", "amd64")]
    [InlineData("tpu", "amd64", "accepted: cpu or cuda")]
    [InlineData("cpu", "riscv64", "accepted: amd64 or arm64")]
    public async Task Publishing_what_cannot_be_had_is_refused_in_one_line(
        string accelerator,
        string architecture,
        string expected
    )
    {
        var (code, output) = await Tool.RunAsync(
            "sh",
            [Path.Combine(Root, "deploy", "publish.sh"), "publish", accelerator, architecture]
        );

        Assert.Equal(2, code);
        Assert.Contains(expected, Assert.Single(output.Trim().Split('\n')), StringComparison.Ordinal);
    }

    private static IEnumerable<string> OnnxRuntimes(IEnumerable<string> packages) =>
        packages.Where(name => name.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal));

    private static async Task<(string Accelerator, string[] Packages)> Evaluate(params string[] properties)
    {
        var (code, output) = await Tool.RunAsync(
            "dotnet",
            ["msbuild", Core, "-nologo", "-getProperty:Accelerator", "-getItem:PackageReference", .. properties]
        );
        Assert.True(code == 0, output);
        var evaluated = JsonElement.Parse(output);
        var packages = evaluated
            .GetProperty("Items")
            .GetProperty("PackageReference")
            .EnumerateArray()
            .Select(package => package.GetProperty("Identity").GetString()!)
            .ToArray();
        return (evaluated.GetProperty("Properties").GetProperty("Accelerator").GetString()!, packages);
    }

    [GeneratedRegex(@"NuGetAuditSuppress Include=""(?<address>[^""]+)""", RegexOptions.None, 1000)]
    private static partial Regex Suppressed();

    [GeneratedRegex(@"mcr\.microsoft\.com/dotnet/[a-z]+:(?<tag>\S+)", RegexOptions.None, 1000)]
    private static partial Regex DotNetImage();

    /// <summary>What <c>deploy/publish.sh</c> makes, deleted at the end.</summary>
    private sealed class PublishedProgram(string folder) : IDisposable
    {
        public string Folder => folder;

        public IEnumerable<string> OnnxRuntimeFiles =>
            Directory
                .EnumerateFiles(folder, "libonnxruntime*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder, file))
                .Order(StringComparer.Ordinal);

        public static async Task<PublishedProgram> Make(string accelerator, string architecture)
        {
            var made = new PublishedProgram(Directory.CreateTempSubdirectory("inferencemeter-publish-").FullName);
            var script = Path.Combine(Root, "deploy", "publish.sh");
            var (code, output) = await Tool.RunAsync("sh", [script, "publish", accelerator, architecture, made.Folder]);
            Assert.True(code == 0, output);
            return made;
        }

        public string File(string name) => Path.Combine(folder, name);

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}

/// <summary>A fact about the default build of linux-x64; skipped by name elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxX64FactAttribute : FactAttribute
{
    public LinuxX64FactAttribute()
    {
        if (System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier is not "linux-x64" and var other)
            Skip = $"is about linux-x64; this is {other}";
    }
}

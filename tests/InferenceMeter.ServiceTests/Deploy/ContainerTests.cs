using System.Text.RegularExpressions;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;
using YamlDotNet.RepresentationModel;

namespace InferenceMeter.ServiceTests.Deploy;

/// <summary>What can be known of the images without an engine that builds them.</summary>
public sealed partial class ContainerTests
{
    private static readonly string Root = Tests.Repository.Root;
    private static readonly string[] Dockerfile =
    [
        .. Continuation()
            .Replace(File.ReadAllText(Path.Combine(Root, "deploy", "Dockerfile")), " ")
            .Split('\n')
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && line[0] != '#'),
    ];

    /// <summary>.NET's own by its minor version, so that no image is older than the packages; see BuildTests.</summary>
    [Fact]
    public void Images_are_pinned_to_exact_tags()
    {
        var compose = File.ReadAllText(Path.Combine(Root, "docker-compose.yml"));
        var stages = Dockerfile
            .Where(line => line.StartsWith("FROM ", StringComparison.Ordinal))
            .Select(line =>
                line.Split(' ').First(word => word != "FROM" && !word.StartsWith("--", StringComparison.Ordinal))
            )
            .Where(image => !image.StartsWith('$'));
        var services = ComposeImage()
            .Matches(compose)
            .Select(match => match.Groups["image"].Value)
            .Where(image => !image.StartsWith("inferencemeter", StringComparison.Ordinal));

        var others = stages
            .Concat(services)
            .Where(image => !image.StartsWith("mcr.microsoft.com/dotnet/", StringComparison.Ordinal));
        Assert.All(others, image => Assert.Matches(@":v?\d+\.\d+\.\d+", image));
        Assert.Equal(5, stages.Concat(services).Count());
    }

    [Fact]
    public void The_image_runs_as_nobody_in_particular_without_a_shell()
    {
        Assert.Equal(
            "USER 1654:1654",
            Assert.Single(Dockerfile, line => line.StartsWith("USER ", StringComparison.Ordinal))
        );
        Assert.Matches(
            @"^ENTRYPOINT \[""/app/inferencemeter""\]$",
            Dockerfile.Single(line => line.StartsWith("ENTRYPOINT", StringComparison.Ordinal))
        );
        Assert.Matches(
            @"CMD \[""/app/inferencemeter"", ""health""\]$",
            Dockerfile.Single(line => line.StartsWith("HEALTHCHECK", StringComparison.Ordinal))
        );
        Assert.All(
            new[] { "title", "description", "licenses", "source", "version", "revision" },
            label =>
                Assert.Contains(
                    Dockerfile,
                    line =>
                        line.StartsWith("LABEL", StringComparison.Ordinal)
                        && line.Contains($"org.opencontainers.image.{label}=", StringComparison.Ordinal)
                )
        );
        // Whatever is copied in is there, and let through by .dockerignore.
        var ignore = File.ReadAllLines(Path.Combine(Root, ".dockerignore"));
        var copied = Dockerfile
            .Where(line =>
                line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal)
            )
            .SelectMany(line => line.Split(' ')[1..^1])
            .ToArray();
        Assert.True(copied.Length > 5);
        Assert.All(
            copied,
            path =>
                Assert.True(File.Exists(Path.Combine(Root, path)) || Directory.Exists(Path.Combine(Root, path)), path)
        );
        Assert.All(
            copied.Where(path => path != "deploy/"),
            path =>
                Assert.Contains(
                    ignore,
                    line => line.StartsWith('!') && path.StartsWith(line[1..].Split('/')[0], StringComparison.Ordinal)
                )
        );
    }

    [Theory]
    [InlineData("cpu", "meter")]
    [InlineData("gpu", "meter-gpu")]
    public void Compose_has_one_meter_in_each_profile_and_files_that_are_there(string profile, string service)
    {
        var compose = (YamlMappingNode)Yaml(Path.Combine(Root, "docker-compose.yml"));
        var services = ((YamlMappingNode)compose["services"]).Children.ToDictionary(
            entry => entry.Key.ToString(),
            entry => (YamlMappingNode)entry.Value,
            StringComparer.Ordinal
        );

        Assert.Equal(
            [service],
            services
                .Where(entry =>
                    entry.Value.Children.TryGetValue("profiles", out var profiles)
                    && ((YamlSequenceNode)profiles).Any(name => name.ToString() == profile)
                )
                .Select(entry => entry.Key)
        );
        var mounts = services
            .Values.Where(entry => entry.Children.ContainsKey("volumes"))
            .SelectMany(entry => (YamlSequenceNode)entry["volumes"])
            .Select(mount => mount.ToString().Split(':'))
            .ToArray();
        Assert.All(
            mounts.Where(mount => mount[0].StartsWith("./", StringComparison.Ordinal)),
            mount => Assert.True(Directory.Exists(Path.Combine(Root, mount[0])), mount[0])
        );
        // What is reached from outside is reached from this machine alone.
        Assert.All(
            PublishedPort()
                .Matches(File.ReadAllText(Path.Combine(Root, "docker-compose.yml")))
                .Select(match => match.Groups["port"].Value),
            port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Each_line_of_env_reaches_the_meter_or_compose_itself()
    {
        var lines = File.ReadAllLines(Path.Combine(Root, ".env"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('=')[0])
            .ToArray();
        var compose = (YamlMappingNode)Yaml(Path.Combine(Root, "docker-compose.yml"));
        var environment = ((YamlMappingNode)compose["services"]["meter"]["environment"]).ToDictionary(
            entry => entry.Value.ToString(),
            entry => entry.Key.ToString(),
            StringComparer.Ordinal
        );

        Assert.Equal("Model__Path", environment["${MODEL:-}"]);
        Assert.All(
            lines.Where(name => !name.StartsWith("COMPOSE_", StringComparison.Ordinal)),
            name => Assert.Contains($"${{{name}:-}}", environment.Keys)
        );
        var keys = environment
            .Values.Where(name => name.Contains("__", StringComparison.Ordinal))
            .Select(name => name.Replace("__", ":", StringComparison.Ordinal));
        Assert.All(keys, key => Assert.Contains(SettingDefinition.All, setting => setting.Key == key));
    }

    [ToolTheory("docker-compose")]
    [InlineData("cpu")]
    [InlineData("gpu")]
    public async Task Compose_agrees_with_its_schema(string profile)
    {
        var (code, output) = await Tool.RunAsync(
            "docker-compose",
            [
                "--project-directory",
                Root,
                "--file",
                Path.Combine(Root, "docker-compose.yml"),
                "--profile",
                profile,
                "config",
                "--quiet",
            ]
        );

        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Health_tells_containers_whether_the_meter_is_ready()
    {
        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Service__Urls"] = url.Replace("127.0.0.1", "0.0.0.0", StringComparison.Ordinal),
        };
        var (before, nobody) = await Tool.RunAsync(RunningMeter.Executable, ["health"], environment: environment);
        await using var meter = new RunningMeter(
            ["--session", "null", "--synthetic-photos", "2"],
            environment: environment
        );
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        await meter.Until(() => ServeTests.Answers(client, "/healthz/ready"));

        var (ready, _) = await Tool.RunAsync(RunningMeter.Executable, ["health"], environment: environment);
        var (wrong, line) = await Tool.RunAsync(RunningMeter.Executable, ["health", "nonsense"]);

        Assert.Equal((1, 0, 2), (before, ready, wrong));
        Assert.Contains("does not answer", nobody, StringComparison.Ordinal);
        Assert.Contains("no address of a meter", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_in_the_program_is_in_the_notices()
    {
        // The tests' own list has theirs beside the program's: only what the program refers to counts, through all that
        // it refers to.
        var deps = System.Text.Json.JsonElement.Parse(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "inferencemeter.deps.json"))
        );
        var packages = deps.GetProperty("libraries")
            .EnumerateObject()
            .Where(library => library.Value.GetProperty("type").GetString() == "package")
            .Select(library => library.Name.Split('/')[0])
            .ToArray();
        var notices = File.ReadAllText(Path.Combine(Root, "THIRD-PARTY-NOTICES.md"));

        Assert.InRange(packages.Length, 20, 100);
        Assert.All(packages, package => Assert.Contains($"| {package} |", notices, StringComparison.Ordinal));
    }

    private static YamlNode Yaml(string file)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(file);
        stream.Load(new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(reader)));
        return stream.Documents[0].RootNode;
    }

    [GeneratedRegex(@"\\\n", RegexOptions.None, 1000)]
    private static partial Regex Continuation();

    [GeneratedRegex(@"^\s+image: (?<image>\S+)$", RegexOptions.Multiline, 1000)]
    private static partial Regex ComposeImage();

    [GeneratedRegex(@"ports: \[""(?<port>[^""]+)""\]", RegexOptions.None, 1000)]
    private static partial Regex PublishedPort();
}

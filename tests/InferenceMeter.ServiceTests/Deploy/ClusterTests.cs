using System.Text.Json;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;
using k8s;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace InferenceMeter.ServiceTests.Deploy;

/// <summary>
/// What is handed to Kubernetes, as its own types read it, and the logic of the Job run as processes.
/// </summary>
public sealed class ClusterTests : IDisposable
{
    private const int Kill = 9;
    private const int Shards = 3;

    private static readonly string Folder = Path.Combine(Tests.Repository.Root, "deploy", "kubernetes");

    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory();

    public static TheoryData<string> Kustomizations =>
        [
            .. Directory
                .GetFiles(Folder, "kustomization.yaml", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Folder, file))
                .Order(StringComparer.Ordinal),
        ];

    public void Dispose() => _work.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Kustomizations))]
    public void A_kustomization_names_what_is_there(string file)
    {
        var kustomization = Document(Path.Combine(Folder, file));
        var here = Path.GetDirectoryName(Path.Combine(Folder, file))!;

        var resources = Items(kustomization, "resources").Select(item => Path.Combine(here, item.ToString())).ToArray();
        Assert.NotEmpty(resources);
        Assert.All(
            resources,
            resource =>
                Assert.True(
                    File.Exists(resource) || File.Exists(Path.Combine(resource, "kustomization.yaml")),
                    resource
                )
        );
        foreach (var patch in Items(kustomization, "patches"))
        {
            // A strategic merge patch is of an object of the base, and of containers that it has.
            var change = KubernetesYaml.Deserialize<V1Deployment>(
                File.ReadAllText(Path.Combine(here, patch["path"].ToString()))
            );
            var whole = Load<V1Deployment>("base/deployment.yaml");
            Assert.Equal(whole.Metadata.Name, change.Metadata.Name);
            Assert.All(
                change.Spec.Template.Spec.Containers,
                container => Assert.Contains(whole.Spec.Template.Spec.Containers, known => known.Name == container.Name)
            );
        }
    }

    [Theory]
    [InlineData("base", "base/deployment.yaml")]
    [InlineData("every-node", "every-node/daemon-set.yaml")]
    [InlineData("job", "job/job.yaml")]
    public void One_line_of_the_configuration_names_a_model_that_pods_may_download(string folder, string pod)
    {
        var map = Assert.Single(
            Items(Document(Path.Combine(Folder, folder, "kustomization.yaml")), "configMapGenerator")
        );
        var literals = Items(map, "literals")
            .Select(literal => literal.ToString().Split('=')[0].Replace("__", ":", StringComparison.Ordinal))
            .ToArray();

        Assert.Contains("Model:Path", literals);
        Assert.All(literals, key => Assert.Contains(SettingDefinition.All, setting => setting.Key == key));
        Assert.Contains(Pod(pod).Containers[0].EnvFrom, source => source.ConfigMapRef.Name == map["name"].ToString());
        var egress = Load<V1NetworkPolicy>("base/network-policy.yaml").Spec.Egress;
        Assert.Contains(egress.SelectMany(rule => rule.Ports), port => port is { Port.Value: "443", Protocol: "TCP" });
    }

    [Theory]
    [InlineData("base/deployment.yaml")]
    [InlineData("every-node/daemon-set.yaml")]
    [InlineData("job/job.yaml")]
    public void Pods_are_restricted_and_say_what_they_take(string file)
    {
        var pod = Pod(file);
        var container = Assert.Single(pod.Containers);

        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
        Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
        Assert.All(
            new[] { "cpu", "memory" },
            resource =>
                Assert.True(
                    container.Resources.Requests.ContainsKey(resource)
                        && container.Resources.Limits.ContainsKey(resource)
                )
        );
        // What it writes lies on a volume, and of volumes only those that the restricted profile allows.
        Assert.Superset(
            new HashSet<string> { "/data", "/tmp" },
            container.VolumeMounts.Select(mount => mount.MountPath).ToHashSet()
        );
        Assert.All(
            pod.Volumes,
            volume => Assert.True(volume.EmptyDir is not null || volume.PersistentVolumeClaim is not null, volume.Name)
        );
        Assert.Equal(
            pod.Volumes.Select(volume => volume.Name).Order(StringComparer.Ordinal),
            container.VolumeMounts.Select(mount => mount.Name).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("base/deployment.yaml")]
    [InlineData("every-node/daemon-set.yaml")]
    public void Pods_that_serve_are_probed_where_the_meter_answers(string file)
    {
        var container = Pod(file).Containers[0];

        Assert.Equal(
            ("/healthz/ready", "/healthz/live", "/healthz/ready"),
            (
                container.StartupProbe.HttpGet.Path,
                container.LivenessProbe.HttpGet.Path,
                container.ReadinessProbe.HttpGet.Path
            )
        );
        Assert.Contains(container.Ports, port => port is { Name: "http", ContainerPort: 8080 });
        Assert.True(Pod(file).TerminationGracePeriodSeconds >= 15);
        // Long enough to download a model of 100 MB at 2 Mbit/s.
        Assert.True(container.StartupProbe.PeriodSeconds * container.StartupProbe.FailureThreshold >= 400);
    }

    [Fact]
    public void Selectors_find_their_pods()
    {
        var deployment = Load<V1Deployment>("base/deployment.yaml");
        var daemons = Load<V1DaemonSet>("every-node/daemon-set.yaml");
        var labels = deployment.Spec.Template.Metadata.Labels;

        Assert.Subset(labels.ToHashSet(), deployment.Spec.Selector.MatchLabels.ToHashSet());
        Assert.Subset(daemons.Spec.Template.Metadata.Labels.ToHashSet(), daemons.Spec.Selector.MatchLabels.ToHashSet());
        Assert.Subset(labels.ToHashSet(), Load<V1Service>("base/service.yaml").Spec.Selector.ToHashSet());
        var policy = Load<V1NetworkPolicy>("base/network-policy.yaml").Spec;
        Assert.Subset(labels.ToHashSet(), policy.PodSelector.MatchLabels.ToHashSet());
        Assert.Equal(["Ingress", "Egress"], policy.PolicyTypes);
        var scaler = Load<V2HorizontalPodAutoscaler>("base/horizontal-pod-autoscaler.yaml").Spec;
        Assert.Equal(deployment.Metadata.Name, scaler.ScaleTargetRef.Name);
        Assert.Equal("inference_queue_depth", Assert.Single(scaler.Metrics).Pods.Metric.Name);
        Assert.Null(deployment.Spec.Replicas);
        Assert.Equal(
            "1",
            KubernetesYaml
                .Deserialize<V1Deployment>(File.ReadAllText(Path.Combine(Folder, "overlays/gpu/gpu.yaml")))
                .Spec.Template.Spec.Containers[0]
                .Resources.Limits["nvidia.com/gpu"]
                .ToString()
        );
        // The operator's own type is in no library: its few fields by hand.
        var monitor = Document(Path.Combine(Folder, "base", "pod-monitor.yaml"));
        Assert.Equal(
            labels["app.kubernetes.io/name"],
            monitor["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"].ToString()
        );
        Assert.Equal(
            ("http", "/metrics"),
            (
                monitor["spec"]["podMetricsEndpoints"][0]["port"].ToString(),
                monitor["spec"]["podMetricsEndpoints"][0]["path"].ToString()
            )
        );
    }

    [Fact]
    public void The_job_has_as_many_pods_as_shards()
    {
        var job = Load<V1Job>("job/job.yaml").Spec;
        var arguments = job.Template.Spec.Containers[0].Args;

        Assert.Equal("Indexed", job.CompletionMode);
        Assert.Contains($"--shard={job.Completions}", arguments);
        Assert.Contains("--output=/results/$(JOB_COMPLETION_INDEX).jsonl", arguments);
        Assert.Contains("--resume", arguments);
    }

    [Fact]
    public async Task Shards_of_a_manifest_with_one_killed_half_way_are_each_image_exactly_once()
    {
        var images = Directory.CreateDirectory(Path.Combine(_work.FullName, "images")).FullName;
        var names = Enumerable.Range(0, 60).Select(i => $"{i:00}.jpg").ToArray();
        foreach (var name in names)
            await File.WriteAllBytesAsync(Path.Combine(images, name), Photos.Jpeg());
        var manifest = Path.Combine(images, "manifest.txt");
        // With a comment, an empty line and one that is there twice.
        await File.WriteAllLinesAsync(manifest, ["# photos", "", .. names, names[7]]);

        // As Kubernetes runs it: the index from the environment.
        var pods = Enumerable
            .Range(0, Shards)
            .Select(index => (Output: Path.Combine(_work.FullName, $"{index}.jsonl"), Pod: Pod(index)))
            .ToArray();
        await pods[1]
            .Pod.Until(() => Task.FromResult(File.Exists(pods[1].Output) && new FileInfo(pods[1].Output).Length > 0));
        pods[1].Pod.Signal(Kill);
        await pods[1].Pod.Exit();
        var before = File.ReadAllLines(pods[1].Output).Length;
        await using (var again = Pod(1))
            Assert.Equal(0, await again.Exit());
        Assert.Equal(0, await pods[0].Pod.Exit());
        Assert.Equal(0, await pods[2].Pod.Exit());

        Assert.InRange(before, 1, (names.Length / Shards) - 1);
        var answered = pods.SelectMany(pod => File.ReadAllLines(pod.Output))
            .Select(line => Path.GetFileName(JsonElement.Parse(line).GetProperty("path").GetString()!))
            .ToArray();
        Assert.Equal(names, answered.Order(StringComparer.Ordinal));
        foreach (var (_, pod) in pods)
            await pod.DisposeAsync();

        RunningMeter Pod(int index) =>
            new(
                [
                    "serve",
                    "--once",
                    $"--manifest={manifest}",
                    $"--shard={Shards}",
                    $"--output={Path.Combine(_work.FullName, $"{index}.jsonl")}",
                    "--resume",
                    "--batch",
                    "1",
                ],
                environment: new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["JOB_COMPLETION_INDEX"] = $"{index}",
                }
            );
    }

    [Theory]
    [InlineData("8", "needs JOB_COMPLETION_INDEX")]
    [InlineData("8/8", "parts are numbered from 0 to 7")]
    [InlineData("a/8", "such as 0/8")]
    public async Task A_shard_that_cannot_be_is_one_line(string shard, string expected)
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--once", "--images", _work.FullName, "--shard", shard]
        );

        Assert.Equal(2, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    private static V1PodSpec Pod(string file)
    {
        if (file.Contains("daemon", StringComparison.Ordinal))
            return Load<V1DaemonSet>(file).Spec.Template.Spec;
        return file.Contains("job", StringComparison.Ordinal)
            ? Load<V1Job>(file).Spec.Template.Spec
            : Load<V1Deployment>(file).Spec.Template.Spec;
    }

    /// <summary>Strictly: a field that the type has not is an error.</summary>
    private static T Load<T>(string file) =>
        KubernetesYaml.Deserialize<T>(File.ReadAllText(Path.Combine(Folder, file)), strict: true);

    private static YamlNode Document(string file)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(file);
        stream.Load(reader);
        return stream.Documents[0].RootNode;
    }

    private static IEnumerable<YamlNode> Items(YamlNode node, string key) =>
        node is YamlMappingNode map && map.Children.TryGetValue(key, out var list) ? (YamlSequenceNode)list : [];
}

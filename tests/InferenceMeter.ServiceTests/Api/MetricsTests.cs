using System.Text.RegularExpressions;

namespace InferenceMeter.ServiceTests.Api;

public sealed partial class MetricsTests
{
    /// <summary>
    /// Name, type and labels (beside those on all) of every family that a CPU run exports whatever its hardware: a
    /// contract with dashboards.
    /// </summary>
    private static readonly string[] Contract =
    [
        "inference_batch_duration_seconds histogram",
        "inference_batch_size histogram",
        "inference_batches_total counter",
        "inference_build_info gauge onnxruntime_version,version",
        "inference_cost_since_timestamp_seconds gauge",
        "inference_cost_usd_total counter",
        "inference_images_per_second_needed gauge reference",
        "inference_images_total counter outcome,reason,source",
        "inference_images_total counter outcome,source",
        "inference_machine_info gauge cloud,instance_type,purchase,region",
        "inference_measurement_state gauge state",
        "inference_model_info gauge accuracy_check,hash,weights",
        "inference_price_age_seconds gauge",
        "inference_price_usd_per_hour gauge price_date,price_source",
        "inference_queue_depth gauge stage",
        "inference_reference_dearest_usd_per_billion_images gauge reference,year",
        "inference_reference_usd_per_billion_images gauge reference,year",
        "inference_request_duration_seconds histogram scope",
        "inference_stage_busy_seconds_total counter stage",
    ];

    private static readonly string[] OnAll = ["device", "model", "precision", "provider"];

    [Fact]
    public async Task Names_types_and_labels_are_those_of_the_contract()
    {
        await using var host = await new MeterHost().Start();

        var exported = Families(await host.Client.GetStringAsync("/metrics"));

        Assert.Equal(
            Contract,
            exported.Where(family =>
                !family.StartsWith("inference_device_", StringComparison.Ordinal)
                && !family.StartsWith("inference_cost_usd_per", StringComparison.Ordinal)
                && !family.StartsWith("inference_images_per_second gauge", StringComparison.Ordinal)
                && !family.StartsWith("inference_energy", StringComparison.Ordinal)
                && !family.StartsWith("inference_stage_cost", StringComparison.Ordinal)
            )
        );
    }

    [Fact]
    public async Task Every_stage_and_every_state_has_its_series()
    {
        await using var host = await new MeterHost().Start();

        var text = await host.Client.GetStringAsync("/metrics");

        foreach (var stage in new[] { "source", "decode", "batch", "infer", "sink" })
            Assert.Matches($"inference_stage_busy_seconds_total{{.*stage=\"{stage}\"", text);
        foreach (var stage in new[] { "decode", "infer", "sink" })
            Assert.Matches($"inference_queue_depth{{.*stage=\"{stage}\"", text);
        var states = StateLine().Matches(text);
        Assert.Equal(4, states.Count);
        Assert.Single(states, match => match.Groups["value"].Value == "1");
    }

    [Fact]
    public async Task The_counters_are_those_of_the_reading()
    {
        var host = await new MeterHost().Start();
        await host.DisposeAsync();
        var work = host.Meter.Counters.Snapshot();

        Assert.Equal(work.HandedOut, work.Ok + work.Failed + work.Rejected);
    }

    [ToolFact("promtool")]
    public async Task Promtool_finds_nothing_to_complain_about()
    {
        await using var host = await new MeterHost().Start();
        var text = await host.Client.GetStringAsync("/metrics");

        var (code, output) = await Tool.RunAsync("promtool", ["check", "metrics"], input: text);

        Assert.Equal("", output);
        Assert.Equal(0, code);
    }

    private static List<string> Families(string text)
    {
        var (families, type) = (
            new SortedSet<string>(StringComparer.Ordinal),
            new Dictionary<string, string>(StringComparer.Ordinal)
        );
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
                type[line.Split(' ')[2]] = line.Split(' ')[3];
            if (line[0] == '#')
                continue;
            var name = line[..line.IndexOf('{', StringComparison.Ordinal)];
            if (!type.ContainsKey(name))
                name = Suffix().Replace(name, "");
            var labels = Label().Matches(line).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
            Assert.Superset(OnAll.ToHashSet(StringComparer.Ordinal), labels);
            labels.ExceptWith([.. OnAll, "le"]);
            families.Add($"{name} {type[name]} {string.Join(',', labels.Order(StringComparer.Ordinal))}".TrimEnd());
        }

        return [.. families];
    }

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("[{,]([a-z_]+)=\"")]
    private static partial Regex Label();

    [GeneratedRegex("inference_measurement_state{.*} (?<value>[01])")]
    private static partial Regex StateLine();
}

using InferenceMeter.Metering;

namespace InferenceMeter.Comparison;

/// <summary>From the document of a run to the facts that are compared.</summary>
internal static class RunDocumentFacts
{
    private const int Known = 2;

    // Beyond these a cost per billion images or a rate is no result of a measurement, and drawings and decimals have an
    // end.
    private const double Least = 1e-9;
    private const double Most = 1e18;

    private static readonly DateTimeOffset Earliest = new(2017, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static ComparedRun ToRun(JsonFacts root, string label)
    {
        var (engine, price, rate) = (root.At("engine"), root.At("price"), root.At("imagesPerSecond"));
        var version = (int)root.Number("schemaVersion")!.Value;
        var stale = price.Is("stale");
        // Its exchange rate may be what is old.
        var oldest = price.Text("oldestDate") is { Length: > 0 } date ? date : price.Text("asOf");
        return new ComparedRun
        {
            Label = label,
            SchemaVersion = version,
            Machine = Or(root.Text("machine"), Machine(engine)),
            FinishedAt = root.Time("finishedAt") is { } time && time >= Earliest && time < Latest ? time : null,
            Verdict = LabelNames.ToVerdict(root.Text("verdict")) is (Verdict.Valid or Verdict.Invalid) and var verdict
                ? verdict
                : null,
            Reasons = root.Texts("reasons"),
            Scope = root.Text("scope"),
            Model = engine.Text("model"),
            Weights = engine.Text("weights"),
            AccuracyCheck = engine.Text("accuracyCheck"),
            Precision = engine.Text("precision"),
            Provider = engine.Text("provider"),
            BatchSize = (int?)engine.Number("batchSize"),
            ImagesPerSecond = rate.Number("estimate") is >= Least and <= Most and var value
                ? new Estimate(
                    value,
                    Math.Clamp(rate.Number("low") ?? value, 0, value),
                    Math.Max(rate.Number("high") ?? value, value)
                )
                : null,
            Costs = Costs(root),
            Price = string.Join(
                ", ",
                new[]
                {
                    price.Text("source"),
                    price.Text("instance"),
                    price.Text("region"),
                    price.Text("purchase"),
                    price.Text("asOf"),
                }.Where(text => text.Length > 0)
            ),
            StalePrice = stale,
            JoulesPerImage = root.At("energy").Number("joulesPerImage") ?? Energy(root, rate.Number("estimate")),
            P99Seconds = root.At("latencySeconds").Number("p99"),
            Fetch = Fetch(root),
            Dimensions = new Dictionary<Dimension, string>
            {
                [Dimension.Model] = Short(engine.Text("modelSha256")),
                [Dimension.Hardware] = Or(root.Text("machine"), Machine(engine)),
                [Dimension.Software] = Software(engine),
                [Dimension.Precision] = engine.Text("precision"),
                [Dimension.Batch] = $"{engine.Number("batchSize")}",
                [Dimension.Configuration] =
                    $"{engine.Number("instances")} x {engine.Number("intraOpThreads")} threads, "
                    + $"{engine.Number("decoderWorkers")} decoders ({engine.Text("decoder")})",
                [Dimension.Images] = root.Text("scope") == "model" ? "" : Images(root.At("imageSource")),
            },
            Notices =
            [
                .. version < Known ? [$"written in an older form (schema {version})"] : Array.Empty<string>(),
                .. version > Known
                    ? [$"written by a newer version (schema {version}): only what is known of it is shown"]
                    : Array.Empty<string>(),
                .. engine.Text("weights") == "none"
                    ? ["no model was run (null session): this is what the meter's own machinery costs"]
                    : Array.Empty<string>(),
                .. engine.Text("weights") == "synthetic"
                    ? ["synthetic weights: costs the same to run, recognises nothing"]
                    : Array.Empty<string>(),
                .. stale ? [$"its price was stale ({oldest})"] : Array.Empty<string>(),
                .. price.Texts("mismatches"),
                .. price.Text("source") == "assumed" ? ["its price is an assumption"] : Array.Empty<string>(),
            ],
        };
    }

    private static Dictionary<string, ComparedCost> Costs(JsonFacts root)
    {
        var costs = new Dictionary<string, ComparedCost>(StringComparer.Ordinal);
        foreach (var cost in root.Items("costs"))
        {
            if (
                cost.Number("usdPerBillionImages") is >= Least and <= Most and var value
                && cost.Number("usdPerHour") is >= Least and <= Most and var hourly
            )
                costs.TryAdd(
                    cost.Text("basis"),
                    new ComparedCost(
                        value,
                        Math.Clamp(cost.Number("low") ?? value, 0, value),
                        cost.Number("high") is <= Most and var high ? Math.Max(high, value) : null,
                        hourly
                    )
                );
        }

        return costs;
    }

    private static string Images(JsonFacts source) =>
        source.Has("kind") ? $"{source.Number("distinctImages")} {source.Text("kind")}".Trim() : "not said";

    private static ComparedFetch? Fetch(JsonFacts root)
    {
        var sources = root.Items("fetch");
        return sources.Count == 0
            ? null
            : new ComparedFetch(
                string.Join('+', sources.Select(source => source.Text("source"))),
                root.Items("money")
                    .Where(part => part.Text("stage") == Stage.Fetch.Label())
                    .Select(part => part.Number("usdPerBillionImages"))
                    .FirstOrDefault(),
                Sum("requestsPerBillionImages"),
                Sum("bytesPerBillionImages")
            );

        double? Sum(string name) =>
            sources.Sum(source => source.Number(name)) is > 0 and <= Most and var sum ? sum : null;
    }

    /// <summary>Older documents have power by device alone.</summary>
    private static double? Energy(JsonFacts root, double? imagesPerSecond)
    {
        var watts = root.Items("devices")
            .Where(device => device.Number("joules") is not null)
            .Sum(device => device.Number("meanWatts") ?? 0);
        return watts > 0 && imagesPerSecond > 0 ? watts / imagesPerSecond : null;
    }

    private static string Machine(JsonFacts engine)
    {
        var devices = engine
            .Items("devices")
            .Select(device => Or(device.Text("name"), device.Text("device")))
            .Where(name => name.Length > 0)
            .GroupBy(name => name, StringComparer.Ordinal)
            .Select(same => same.Count() == 1 ? same.Key : $"{same.Count()} x {same.Key}")
            .ToArray();
        var name =
            devices.Length > 0 ? string.Join(" + ", devices) : Or(engine.Text("deviceName"), engine.Text("device"));
        return engine.Number("cores") is { } cores ? $"{name}, {cores} core{(cores == 1 ? "" : "s")}" : name;
    }

    private static string Software(JsonFacts engine)
    {
        var devices = engine.Items("devices");
        var options = devices
            .SelectMany(device => device.Pairs("providerOptions"))
            .Distinct()
            .Select(pair => $"{pair.Name}={pair.Value}")
            .ToArray();
        return string.Join(
            ", ",
            new[]
            {
                engine.Text("provider"),
                $"ONNX Runtime {engine.Text("onnxRuntime")}",
                $"meter {Version(engine.Text("version"))}",
                string.Join(
                    '+',
                    devices
                        .Select(device => device.Text("driver"))
                        .Where(driver => driver.Length > 0)
                        .Distinct(StringComparer.Ordinal)
                        .Select(driver => $"driver {driver}")
                ),
                string.Join(' ', options),
            }.Where(text => text.Length > 0)
        );
    }

    private static string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;

    /// <summary>The commit of a version as people quote it: seven digits.</summary>
    private static string Version(string version) =>
        version.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus && version.Length > plus + 8
            ? version[..(plus + 8)]
            : version;

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}

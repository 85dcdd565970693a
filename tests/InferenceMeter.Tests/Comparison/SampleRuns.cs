using System.Globalization;
using System.Text.Json.Nodes;
using InferenceMeter.Comparison;
using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Comparison;

/// <summary>Runs for tests: one that is as usual, and what is changed of it.</summary>
internal static class SampleRuns
{
    /// <summary>A run of 100 images/s at $1/hour: $2,777.78 per billion.</summary>
    public static ComparedRun Usual(
        string label,
        double imagesPerSecond = 100,
        double usdPerHour = 1,
        double logHalfWidth = 0.01,
        string hardware = "A",
        string software = "ort 1",
        string precision = "fp32",
        string batch = "4",
        string scope = "pipeline",
        string model = "resnet50",
        Verdict verdict = Verdict.Valid
    )
    {
        var cost = usdPerHour / 3600 / imagesPerSecond * 1e9;
        return new ComparedRun
        {
            Label = label,
            Verdict = verdict,
            Scope = scope,
            Model = model,
            Weights = "pretrained",
            Costs = new Dictionary<string, ComparedCost>(StringComparer.Ordinal)
            {
                ["wall"] = new(
                    cost,
                    cost * Math.Exp(-logHalfWidth),
                    double.IsFinite(logHalfWidth) ? cost * Math.Exp(logHalfWidth) : null,
                    usdPerHour
                ),
            },
            Dimensions = new Dictionary<Dimension, string>
            {
                [Dimension.Model] = "abc",
                [Dimension.Hardware] = hardware,
                [Dimension.Software] = software,
                [Dimension.Precision] = precision,
                [Dimension.Batch] = batch,
                [Dimension.Configuration] = "1 x 2 threads",
                [Dimension.Images] = "64 synthetic",
            },
        };
    }

    /// <summary>A document as <c>bench --json</c> writes it.</summary>
    public static JsonObject Document(int schema = 2, double imagesPerSecond = 100, double usdPerHour = 1)
    {
        var cost = usdPerHour / 3600 / imagesPerSecond * 1e9;
        var (low, high) = (imagesPerSecond * 0.99, imagesPerSecond * 1.01);
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {
              "schemaVersion": {{schema}},
              "id": "20260105t081530250-5f0c9a21b3de",
              "startedAt": "2026-01-05T08:15:30Z",
              "finishedAt": "2026-01-05T08:16:45Z",
              "machine": "AMD EPYC, 2 cores",
              "verdict": "VALID",
              "reasons": [],
              "scope": "pipeline",
              "imageSource": { "kind": "synthetic", "distinctImages": 64 },
              "imagesPerSecond": { "estimate": {{imagesPerSecond}}, "low": {{low}}, "high": {{high}} },
              "costs": [
                {
                  "basis": "wall",
                  "scope": "pipeline",
                  "window": "start",
                  "usdPerBillionImages": {{cost}},
                  "low": {{cost / 1.01}},
                  "high": {{cost / 0.99}},
                  "usdPerHour": {{usdPerHour}}
                },
                {
                  "basis": "busy",
                  "scope": "pipeline",
                  "window": "start",
                  "usdPerBillionImages": {{cost * 0.9}},
                  "low": {{cost * 0.89}},
                  "usdPerHour": {{usdPerHour}}
                }
              ],
              "energy": { "joulesPerImage": 0.75 },
              "latencySeconds": { "p50": 0.1, "p99": 0.25 },
              "devices": [],
              "price": {
                "usdPerHour": {{usdPerHour}},
                "source": "instance",
                "asOf": "2026-01-02",
                "stale": false,
                "instance": "g6.xlarge",
                "region": "us-east-1",
                "purchase": "on_demand"
              },
              "engine": {
                "model": "resnet50",
                "modelSha256": "0123456789abcdef",
                "weights": "pretrained",
                "precision": "fp32",
                "accuracyCheck": "passed",
                "provider": "CPUExecutionProvider",
                "device": "cpu",
                "devices": [{ "device": "cpu", "provider": "CPUExecutionProvider", "name": "AMD EPYC" }],
                "cores": 2,
                "instances": 1,
                "intraOpThreads": 2,
                "batchSize": 4,
                "decoderWorkers": 2,
                "decoder": "skia",
                "onnxRuntime": "1.31.1",
                "version": "0.1.0+0123456789abcdef"
              }
            }
            """
        );
        return JsonNode.Parse(text)!.AsObject();
    }

    /// <summary>The run of such a document.</summary>
    public static ComparedRun Read(JsonNode document, string label = "a") =>
        RunFileReader.Parse(document.ToJsonString(), "a.json", label);
}

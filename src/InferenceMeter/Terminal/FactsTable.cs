using InferenceMeter.Documents;
using InferenceMeter.Metering;
using InferenceMeter.Reports;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace InferenceMeter.Terminal;

/// <summary>What is run, on what, at which price: the part of the screen that stays.</summary>
internal static class FactsTable
{
    private const string Synthetic =
        "synthetic: they cost the same to run, but the answers mean nothing; "
        + "add --model resnet50 to download MLPerf's ResNet-50";

    /// <summary>Name and value of each fact, in reading order.</summary>
    public static IEnumerable<(string Name, string Value)> Facts(ReadingDocument reading, string? address)
    {
        var engine = reading.Engine;
        yield return (
            "model",
            $"{engine.Model}, {engine.Precision}, {engine.Parameters / 1e6:0.0} M parameters, input "
                + $"{engine.InputWidth}x{engine.InputHeight}"
        );
        yield return (
            "weights",
            engine.Weights == "synthetic" ? Synthetic : $"{engine.Weights}, accuracy {engine.AccuracyCheck}"
        );
        yield return ("provider", $"{engine.Provider} (ONNX Runtime {engine.OnnxRuntime})");
        foreach (var device in engine.Devices)
            yield return ("device", Device(device, engine));
        yield return (
            "batch",
            $"{Figures.Count(engine.BatchSize, "image")}, {Instances(engine)}, "
                + $"{Figures.Count(engine.DecoderWorkers, "decoder")} ({engine.Decoder})"
        );
        yield return (
            "scope",
            reading.Scope == Scope.Model.Label()
                ? "model: tensors ready in memory"
                : $"pipeline: from encoded bytes, source {reading.Images.Source}"
        );
        yield return (
            "price",
            Figures.Price(reading.Price)
                + (reading.Price.Source == Pricing.PriceSource.Assumed ? ": give yours with --usd-per-hour" : "")
        );
        if (address is not null)
            yield return ("address", $"{address}  (/metrics, /api/v1/meter)");
    }

    private static string Device(DeviceDocument device, EngineDocument engine)
    {
        var name = device.Name is null ? device.Device : $"{device.Device}: {device.Name}";
        if (device.PciBusId is null)
            return $"{name}, {Figures.Count(engine.Cores, "core")}";
        var versions = string.Join(
            ", ",
            new[]
            {
                device.Driver is null ? null : $"driver {device.Driver}",
                device.Cuda is null ? null : $"CUDA {device.Cuda}",
            }.OfType<string>()
        );
        var nodes =
            device.NodesOnCpu > 0
                ? $", {device.NodesOnCpu} of {device.NodesOnCpu + device.NodesOnProvider} nodes on the CPU"
                : "";
        return $"{name} ({versions}){(device.CudaGraphs == true ? ", CUDA graphs" : "")}{nodes}";
    }

    private static string Instances(EngineDocument engine) =>
        engine.Devices[0].PciBusId is null
            ? $"{Figures.Count(engine.Instances, "instance")} x {Figures.Count(engine.IntraOpThreads, "thread")}"
            : $"{Figures.Count(engine.Instances, "instance")}{(engine.Devices.Count > 1 ? " a device" : "")}";

    public static IRenderable Render(ReadingDocument reading, string? address)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        foreach (var (name, value) in Facts(reading, address))
            grid.AddRow(new Markup($"[grey]{name}[/]"), new Text(value));
        return grid;
    }
}

using System.CommandLine;
using InferenceMeter.Benchmarks.Pairing;
using InferenceMeter.Settings;

namespace InferenceMeter.Benchmarks.Torch;

/// <summary>
/// <c>vs-pytorch</c>: the meter's model scope over PyTorch on the same cores, the best of its ways that are tried
/// first.
/// </summary>
internal static class VsPyTorchCommand
{
    public static Command Create()
    {
        var python = new Option<string>("--python") { Required = true };
        var model = new Option<string?>("--model") { Description = "ONNX file; the built-in ResNet-50 without it" };
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 8 };
        var seconds = new Option<int>("--seconds")
        {
            Description = "length of a segment",
            DefaultValueFactory = _ => 6,
        };
        var command = new Command("vs-pytorch", "Throughput in the model scope over PyTorch's best.")
        {
            python,
            model,
            pairs,
            seconds,
        };
        command.SetAction(
            (parsed, _) =>
                RunAsync(
                    parsed.GetValue(python)!,
                    parsed.GetValue(model),
                    parsed.GetValue(pairs),
                    parsed.GetValue(seconds)
                )
        );
        return command;
    }

    private static async Task RunAsync(string python, string? model, int pairs, int seconds)
    {
        using var torch = LineProcess.Python(python, Path.Combine("Torch", "pytorch_resnet50.py"), "4");
        string line;
        do
        {
            Console.WriteLine(line = torch.Line());
        } while (!line.StartsWith("best ", StringComparison.Ordinal));

        var settings = new MeterSettings
        {
            Model = new ModelSettings { Path = model },
            Metering = new MeteringSettings { Scope = "model" },
        };
        using var meter = await settings.OpenAsync();
        Console.WriteLine(
            $"ours: {meter.Model.Name}, {meter.Model.Precision}, model scope, batch "
                + $"{meter.Engine.Configuration.BatchSize}, {meter.Engine.Configuration.Instances} x "
                + $"{meter.Engine.Configuration.IntraOpThreads} threads"
        );
        await using var ours = new HeldPipeline(meter, seconds);
        await Pairs.RunAsync(
            pairs,
            ("ours", () => ours.SegmentAsync()),
            (
                "pytorch",
                () =>
                    Task.Run(() =>
                        double.Parse(torch.Ask($"{seconds}"), System.Globalization.CultureInfo.InvariantCulture)
                    )
            )
        );
    }
}

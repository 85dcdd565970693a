using System.CommandLine;
using InferenceMeter.Benchmarks.Pairing;
using InferenceMeter.Composition;
using InferenceMeter.Metering;
using InferenceMeter.Settings;

namespace InferenceMeter.Benchmarks.Sources;

/// <summary>
/// <c>image-sources</c>: throughput of the whole pipeline from several places over that from the first, in turns, every
/// other round backwards, so that what slows the machine for a while slows all of them.
/// </summary>
internal static class ImageSourcesCommand
{
    public static Command Create()
    {
        var places = new Option<string[]>("--images")
        {
            Description = "Where images are; give it twice or more, the first is the baseline",
            Required = true,
        };
        var session = new Option<string>("--session")
        {
            Description = "null runs no model, so that images are the limit; onnx runs the built-in one",
            DefaultValueFactory = _ => "null",
        };
        var pairs = new Option<int>("--pairs")
        {
            Description = "Number of rounds, after one to warm up",
            DefaultValueFactory = _ => 6,
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "Length of one segment in seconds",
            DefaultValueFactory = _ => 6,
        };
        var command = new Command("image-sources", "Throughput of images from several places, in turns")
        {
            places,
            session,
            pairs,
            seconds,
        };
        command.SetAction(
            (parsed, _) =>
                RunAsync(
                    parsed.GetValue(places)!,
                    parsed.GetValue(session)!,
                    parsed.GetValue(pairs),
                    parsed.GetValue(seconds)
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(string[] places, string session, int pairs, int seconds)
    {
        var sides = new List<(string Place, Meter Meter, HeldPipeline Pipeline)>();
        try
        {
            foreach (var place in places)
            {
                var meter = await Settings(place, session).OpenAsync();
                sides.Add((place, meter, new HeldPipeline(meter, seconds)));
            }

            var rounds = await MeasureAsync([.. sides.Select(side => side.Pipeline)], pairs);
            foreach (var (index, (place, meter, _)) in sides.Index())
            {
                var rate = rounds.Average(round => round[index]);
                Console.WriteLine($"{place}: {rate:0.0} images/s; {Fetched(meter)}");
            }

            for (var i = 1; i < sides.Count; i++)
                Print($"{sides[i].Place} / {sides[0].Place}", [.. rounds.Select(round => (round[i], round[0]))]);
            return 0;
        }
        finally
        {
            foreach (var side in sides)
            {
                await side.Pipeline.DisposeAsync();
                side.Meter.Dispose();
            }
        }
    }

    private static MeterSettings Settings(string place, string session) =>
        new()
        {
            Images = new ImageSettings { Sources = [place] },
            Inference = new InferenceSettings { Provider = "cpu", Session = session },
        };

    private static async Task<List<double[]>> MeasureAsync(HeldPipeline[] sides, int pairs)
    {
        var rounds = new List<double[]>();
        for (var round = 0; round <= pairs; round++)
        {
            var rates = new double[sides.Length];
            var order = Enumerable.Range(0, sides.Length);
            foreach (var side in round % 2 == 0 ? order : order.Reverse())
                rates[side] = await sides[side].SegmentAsync();
            // The first round warms up: caches, page faults, tiered compilation.
            if (round == 0)
                continue;
            rounds.Add(rates);
            Console.WriteLine(
                $"round {round, 2} of {pairs}: {string.Join(", ", rates.Select(rate => $"{rate:0.0}"))} images/s"
            );
        }

        return rounds;
    }

    private static string Fetched(Meter meter)
    {
        var images = Math.Max(1, meter.Counters.Snapshot().Sources[0].HandedOut);
        var traffic = meter.Source.Traffic;
        var requests = traffic.Sum(one => one.Lists + one.Gets);
        return $"{(double)requests / images:0.0000} requests and {traffic.Sum(one => one.Bytes) / images / 1e3:0.0} kB "
            + "an image";
    }

    private static void Print(string name, IReadOnlyList<(double A, double B)> measured)
    {
        if (PairedRatio.Of(measured) is { } ratio)
            Console.WriteLine(
                $"ratio {name}: {ratio.Ratio.Value:0.000} ({ratio.Ratio.Low:0.000} to {ratio.Ratio.High:0.000}, "
                    + $"95 % interval), min {measured.Min(pair => pair.A / pair.B):0.000}, max "
                    + $"{measured.Max(pair => pair.A / pair.B):0.000}"
            );
    }
}

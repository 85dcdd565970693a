using System.CommandLine;
using InferenceMeter.Metering;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Benchmarks.Decoding;

/// <summary>
/// <c>decode-vs-pillow</c>: five ways in turns, every other round backwards, so that what slows the machine for a while
/// slows all of them: Skia, ImageSharp, Skia without scaled decoding, Pillow, and Pillow with <c>draft</c> (its scaled
/// decoding).
/// </summary>
internal static class DecodeVsPillowCommand
{
    public static Command Create()
    {
        var images = new Option<DirectoryInfo?>("--images")
        {
            Description = "Folder with images; synthetic photographs without it",
        };
        var pairs = new Option<int>("--pairs")
        {
            Description = "Number of rounds, after one to warm up",
            DefaultValueFactory = _ => 8,
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Length of one segment in seconds",
            DefaultValueFactory = _ => 3,
        };
        var python = new Option<string>("--python")
        {
            Description = "A Python 3 with Pillow",
            DefaultValueFactory = _ => "python3",
        };
        var command = new Command("decode-vs-pillow", "Both decoders and Pillow in turns, one thread each")
        {
            images,
            pairs,
            seconds,
            python,
        };
        command.SetAction(parsed =>
            Run(parsed.GetValue(images), parsed.GetValue(pairs), parsed.GetValue(seconds), parsed.GetValue(python)!)
        );
        return command;
    }

    private static int Run(DirectoryInfo? folder, int pairs, double seconds, string python)
    {
        var images = ImageSet.Load(folder);
        var copies = Directory.CreateTempSubdirectory("inferencemeter-decode-");
        try
        {
            using var pillow = new PillowProcess(python, Copy(images, copies));
            using var skia = ImageDecoderFactory.Create("skia", new());
            using var full = ImageDecoderFactory.Create("skia", new() { ScaledDecoding = false });
            using var imageSharp = ImageDecoderFactory.Create("imagesharp", new());
            var rgb = new byte[new PreprocessingOptions().BytesPerImage];
            var kilobytes = images.Sum(image => image.Bytes.Length) / 1024.0 / images.Count;
            Console.WriteLine($"{images.Count} images, {kilobytes:0} KiB each on average; Pillow {pillow.Version}");
            Console.WriteLine("images/s of one thread");
            (string Name, Func<DecodeSegment> Run)[] sides =
            [
                ("skia", () => DecodeSegment.Run(skia, images, rgb, seconds)),
                ("imagesharp", () => DecodeSegment.Run(imageSharp, images, rgb, seconds)),
                ("skia-full", () => DecodeSegment.Run(full, images, rgb, seconds)),
                ("pillow", () => pillow.Run("plain", seconds)),
                ("pillow-draft", () => pillow.Run("draft", seconds)),
            ];
            Console.WriteLine("round" + string.Concat(sides.Select(side => $"{side.Name, 14}")));
            var rounds = Measure(sides, pairs);
            foreach (var (a, b) in ((int, int)[])[(0, 3), (0, 4), (2, 3), (1, 3), (0, 1), (2, 1)])
                Print($"{sides[a].Name} / {sides[b].Name}", rounds.Select(round => (round[a], round[b])));
        }
        finally
        {
            copies.Delete(recursive: true);
        }

        return 0;
    }

    private static List<double[]> Measure((string Name, Func<DecodeSegment> Run)[] sides, int pairs)
    {
        var rounds = new List<double[]>();
        for (var round = 0; round <= pairs; round++)
        {
            // In turns which goes first: a drift over a round would else always favour the same side.
            var rates = new double[sides.Length];
            var order = Enumerable.Range(0, sides.Length);
            foreach (var side in round % 2 == 1 ? order : order.Reverse())
                rates[side] = sides[side].Run().ImagesPerSecond;
            if (round == 0)
                continue;
            rounds.Add(rates);
            Console.WriteLine($"{round, 5}" + string.Concat(rates.Select(rate => $"{rate, 14:0.0}")));
        }

        return rounds;
    }

    private static IEnumerable<string> Copy(IReadOnlyList<(string Name, byte[] Bytes)> images, DirectoryInfo folder) =>
        images.Select(
            (image, i) =>
            {
                var path = Path.Combine(folder.FullName, $"{i:00000}{Path.GetExtension(image.Name)}");
                File.WriteAllBytes(path, image.Bytes);
                return path;
            }
        );

    private static void Print(string what, IEnumerable<(double A, double B)> pairs)
    {
        if (PairedRatio.Of([.. pairs]) is { } paired)
            Console.WriteLine(
                $"ratio {what}: {paired.Ratio.Value:0.000} (95 % interval {paired.Ratio.Low:0.000} to "
                    + $"{paired.Ratio.High:0.000}, {paired.Pairs} pairs)"
            );
    }
}

using System.CommandLine;
using InferenceMeter.Metering;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Benchmarks.Decoding;

/// <summary>
/// <c>decode-vs-pillow</c>: four ways in turns, every other round backwards, so that what slows the machine for a
/// while slows all of them: ours, Pillow, ours without scaled decoding, Pillow with <c>draft</c> (its scaled decoding).
/// </summary>
internal static class DecodeVsPillowCommand
{
    public static Command Create()
    {
        var images = new Option<DirectoryInfo?>("--images") { Description = "Folder with images; synthetic photographs without it" };
        var pairs = new Option<int>("--pairs") { Description = "How many rounds, after one that warms up", DefaultValueFactory = _ => 8 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a segment", DefaultValueFactory = _ => 3 };
        var decoder = new Option<string>("--decoder") { Description = "Which decoder of ours", DefaultValueFactory = _ => ImageDecoderFactory.Names[0] };
        decoder.AcceptOnlyFromAmong([.. ImageDecoderFactory.Names]);
        var python = new Option<string>("--python") { Description = "A Python 3 with Pillow", DefaultValueFactory = _ => "python3" };
        var command = new Command("decode-vs-pillow", "Our decoder and Pillow in turns, one thread each") { images, pairs, seconds, decoder, python };
        command.SetAction(parsed => Run(parsed.GetValue(images), parsed.GetValue(pairs), parsed.GetValue(seconds), parsed.GetValue(decoder)!, parsed.GetValue(python)!));
        return command;
    }

    private static int Run(DirectoryInfo? folder, int pairs, double seconds, string name, string python)
    {
        var images = ImageSet.Load(folder);
        var copies = Directory.CreateTempSubdirectory("inferencemeter-decode-");
        try
        {
            using var pillow = new PillowProcess(python, Copy(images, copies));
            var (scaled, full) = (new PreprocessingOptions(), new PreprocessingOptions { ScaledDecoding = false });
            using var ours = ImageDecoderFactory.Create(name, scaled);
            using var oursFull = ImageDecoderFactory.Create(name, full);
            var rgb = new byte[scaled.BytesPerImage];
            Console.WriteLine($"{images.Count} images, {images.Sum(image => image.Bytes.Length) / 1024.0 / images.Count:0} KiB each in the mean; Pillow {pillow.Version}; images/s of one thread");
            Console.WriteLine("pair     ours   pillow  ours-full  pillow-draft  ours/pillow");
            Func<DecodeSegment>[] sides =
            [
                () => DecodeSegment.Run(ours, images, rgb, seconds),
                () => pillow.Run("plain", seconds),
                () => DecodeSegment.Run(oursFull, images, rgb, seconds),
                () => pillow.Run("draft", seconds),
            ];
            var rounds = new List<(double Ours, double Pillow, double Full, double Draft)>();
            for (var pair = 0; pair <= pairs; pair++)
            {
                // In turns which goes first: a drift over a round would else always favour the same side.
                var rates = new double[sides.Length];
                foreach (var side in pair % 2 == 1 ? Enumerable.Range(0, sides.Length) : Enumerable.Range(0, sides.Length).Reverse()) rates[side] = sides[side]().ImagesPerSecond;
                var round = (Ours: rates[0], Pillow: rates[1], Full: rates[2], Draft: rates[3]);
                if (pair == 0) continue;
                rounds.Add(round);
                Console.WriteLine($"{pair,4} {round.Ours,8:0.0} {round.Pillow,8:0.0} {round.Full,10:0.0} {round.Draft,13:0.0} {round.Ours / round.Pillow,12:0.000}");
            }

            Print("ours / pillow", rounds.Select(round => (round.Ours, round.Pillow)));
            Print("ours / pillow-draft", rounds.Select(round => (round.Ours, round.Draft)));
            Print("ours-full / pillow", rounds.Select(round => (round.Full, round.Pillow)));
            Print("ours / ours-full", rounds.Select(round => (round.Ours, round.Full)));
        }
        finally
        {
            copies.Delete(recursive: true);
        }

        return 0;
    }

    private static IEnumerable<string> Copy(IReadOnlyList<(string Name, byte[] Bytes)> images, DirectoryInfo folder) => images.Select((image, i) =>
    {
        var path = Path.Combine(folder.FullName, $"{i:00000}{Path.GetExtension(image.Name)}");
        File.WriteAllBytes(path, image.Bytes);
        return path;
    });

    private static void Print(string what, IEnumerable<(double A, double B)> pairs)
    {
        if (PairedRatio.Of([.. pairs]) is { } paired)
            Console.WriteLine($"ratio {what}: {paired.Ratio.Value:0.000} (95 % interval {paired.Ratio.Low:0.000} to {paired.Ratio.High:0.000}, {paired.Pairs} pairs)");
    }
}

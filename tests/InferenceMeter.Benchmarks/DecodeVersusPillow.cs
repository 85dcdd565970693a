using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Benchmarks;

/// <summary>Decode, resize and crop on one thread: ours against Pillow's, over the same files in memory.</summary>
internal static class DecodeVersusPillow
{
    public static Command Create()
    {
        var images = new Option<string?>("--images") { Description = "folder of images; default: synthetic photographs" };
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 8 };
        var seconds = new Option<int>("--seconds") { Description = "length of a segment", DefaultValueFactory = _ => 3 };
        var decoder = new Option<string>("--decoder") { DefaultValueFactory = _ => ImageDecoderFactory.Names[0] };
        var scaled = new Option<bool>("--scaled-decoding") { DefaultValueFactory = _ => true };
        var command = new Command("decode-vs-pillow", "Images/s of one thread, ours over Pillow's.") { images, pairs, seconds, decoder, scaled };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(images), parsed.GetValue(pairs), parsed.GetValue(seconds), parsed.GetValue(decoder)!, parsed.GetValue(scaled)));
        return command;
    }

    private static async Task RunAsync(string? folder, int pairs, int seconds, string decoder, bool scaled)
    {
        var temporary = folder is null ? Directory.CreateTempSubdirectory() : null;
        try
        {
            var photos = Load(folder, temporary);
            Console.WriteLine($"{photos.Count} images, one thread, {decoder}, scaled decoding {(scaled ? "on" : "off")}, {pairs} pairs of {seconds} s a side");
            foreach (var mode in new[] { "plain", "draft" })
            {
                using var pillow = new Pillow(folder ?? temporary!.FullName, mode);
                await Pairs.RunAsync(pairs, ("ours", () => Task.Run(() => Segment(photos, decoder, scaled, seconds))), ($"pillow-{mode}", () => pillow.SegmentAsync(seconds)));
            }
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    private static List<byte[]> Load(string? folder, DirectoryInfo? temporary)
    {
        using IImageSource source = folder is null ? new SyntheticPhotoSource(64, TimeProvider.System) : new FolderImageSource(folder, new FolderImageOptions(), TimeProvider.System);
        var photos = new List<byte[]>();
        while (photos.Count < source.DistinctImages && source.TryNext(out var image))
        {
            photos.Add(image.Bytes.ToArray());
            if (temporary is not null) File.WriteAllBytes(Path.Combine(temporary.FullName, image.Name), photos[^1]);
            image.Release();
        }

        return photos;
    }

    private static double Segment(List<byte[]> photos, string name, bool scaled, int seconds)
    {
        var options = new PreprocessingOptions { ScaledDecoding = scaled };
        using var decoder = ImageDecoderFactory.Create(name, options);
        var rgb = new byte[options.BytesPerImage];
        var clock = Stopwatch.StartNew();
        var images = 0;
        // Whole passes, on both sides: images differ in cost.
        do
        {
            foreach (var photo in photos)
            {
                if (decoder.Decode(photo, rgb) is not ImageFailure.None and var failure) throw new InvalidDataException($"an image of the folder is {failure}; the comparison needs a folder of good ones");
                images++;
            }
        }
        while (clock.Elapsed.TotalSeconds < seconds);
        return images / clock.Elapsed.TotalSeconds;
    }

    /// <summary>A Python process that runs a segment for each line it is sent.</summary>
    private sealed class Pillow : IDisposable
    {
        private readonly Process _python;

        public Pillow(string folder, string mode) => _python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "pillow_decode.py"), folder, mode])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        })!;

        public async Task<double> SegmentAsync(int seconds)
        {
            await _python.StandardInput.WriteLineAsync($"{seconds}");
            await _python.StandardInput.FlushAsync();
            var answer = await _python.StandardOutput.ReadLineAsync() ?? throw new InvalidDataException("the Python side ended; its error is above");
            return double.Parse(answer, CultureInfo.InvariantCulture);
        }

        public void Dispose()
        {
            _python.StandardInput.Close();
            _python.WaitForExit();
            _python.Dispose();
        }
    }
}

using System.CommandLine;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Benchmarks.Decoding;

/// <summary><c>decode</c>: images per second of one decoder on one thread, one line a segment.</summary>
internal static class DecodeCommand
{
    public static Command Create()
    {
        var images = new Option<DirectoryInfo?>("--images")
        {
            Description = "Folder with images; synthetic photographs without it",
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Length of a segment",
            DefaultValueFactory = _ => 3,
        };
        var segments = new Option<int>("--segments")
        {
            Description = "How many segments, after one that warms up",
            DefaultValueFactory = _ => 5,
        };
        var decoder = new Option<string>("--decoder")
        {
            Description = "Which decoder",
            DefaultValueFactory = _ => ImageDecoderFactory.Names[0],
        };
        decoder.AcceptOnlyFromAmong([.. ImageDecoderFactory.Names]);
        var full = new Option<bool>("--full") { Description = "Never let the JPEG decoder scale down" };
        var command = new Command("decode", "Decode, resize and crop on one thread")
        {
            images,
            seconds,
            segments,
            decoder,
            full,
        };
        command.SetAction(parsed =>
            Run(
                parsed.GetValue(images),
                parsed.GetValue(seconds),
                parsed.GetValue(segments),
                parsed.GetValue(decoder)!,
                !parsed.GetValue(full)
            )
        );
        return command;
    }

    private static int Run(DirectoryInfo? folder, double seconds, int segments, string name, bool scaled)
    {
        var (images, options) = (ImageSet.Load(folder), new PreprocessingOptions { ScaledDecoding = scaled });
        using var decoder = ImageDecoderFactory.Create(name, options);
        var rgb = new byte[options.BytesPerImage];
        DecodeSegment.Run(decoder, images, rgb, seconds);
        for (var i = 1; i <= segments; i++)
        {
            var segment = DecodeSegment.Run(decoder, images, rgb, seconds);
            Console.WriteLine(
                $"segment={i} decoder={name} scaled={scaled} images={segment.Images} "
                    + $"seconds={segment.Seconds:0.000} images_per_second={segment.ImagesPerSecond:0.0}"
            );
        }

        return 0;
    }
}

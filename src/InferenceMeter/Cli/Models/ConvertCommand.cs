using System.CommandLine;
using Google.Protobuf;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Inference.Calibration;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Models.Quantization;
using InferenceMeter.Preprocessing;
using InferenceMeter.Settings;
using Spectre.Console;

namespace InferenceMeter.Cli.Models;

/// <summary><c>model convert FILE --to fp16|fp32|int8</c>.</summary>
internal static class ConvertCommand
{
    private static readonly string[] Targets = ["fp32", "fp16", "int8"];

    public static Command Create(
        Action<Command, CommandScopes, Func<MeterSettings, ParseResult, CancellationToken, Task<int>>> add
    )
    {
        var file = new Argument<string>("FILE")
        {
            Description = "ONNX image classifier in fp32 or fp16: a file, or a name of `model list`",
        };
        var to = new Option<string>("--to")
        {
            Description = string.Join(" or ", Targets),
            HelpName = "PRECISION",
            Required = true,
        };
        var output = ModelCommand.Output();
        var force = ModelCommand.Force();
        var options = new QuantizationArguments();
        var command = new Command(
            "convert",
            "Write a model in another precision; int8 is calibrated on images of yours."
        )
        {
            file,
            to,
            output,
            force,
        };
        options.AddTo(command);
        add(
            command,
            CommandScopes.Models,
            (settings, parsed, cancellation) =>
                RunAsync(
                    settings,
                    parsed.GetValue(file)!,
                    parsed.GetValue(to)!,
                    parsed.GetValue(output),
                    parsed.GetValue(force),
                    options.Read(parsed),
                    parsed.GetValue(options.Calibrate),
                    parsed.GetValue(options.Images),
                    cancellation
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        MeterSettings settings,
        string given,
        string to,
        string? output,
        bool force,
        QuantizationOptions options,
        string? calibrate,
        int images,
        CancellationToken cancellation
    )
    {
        if (!Targets.Contains(to, StringComparer.Ordinal))
            throw new UserException($"--to is '{to}', accepted: {string.Join(" or ", Targets)}");
        if (to == "int8" && calibrate is null)
            throw new UserException("--to int8 needs --calibrate DIR: some tens of images like those to be classified");
        if (to != "int8" && calibrate is not null)
            throw new UserException($"--calibrate goes with --to int8; {to} needs none");
        var file = await ModelFiles.ResolveAsync(given, settings.Model, cancellation);
        // Beside a file of the user's; a model of the catalogue lies in the cache, which is no place for one of theirs.
        var folder = file == given ? Path.GetDirectoryName(file) ?? "" : "";
        var target = output ?? Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(file)}-{to}.onnx");
        if (File.Exists(target) && !force)
            throw new UserException($"{target} is there already; give --force to replace it, or another --output");
        var (model, _) = OnnxFile.Read(file);
        var sidecar = SidecarKeys.Of(file, model);
        if (to == "int8")
            model = Quantize(file, model, options, calibrate!, images);
        else
            PrecisionConversion.Apply(file, model, to);
        sidecar.WriteTo(model);
        ModelCommand.Write(target, force, model.WriteTo);
        var evaluate = $"inferencemeter model evaluate {target} --images DIR --against {given}";
        AnsiConsole.Console.WriteLine(
            $"{target}: {to}, {new FileInfo(target).Length / 1e6:0.0} MB"
                + (to == "int8" ? $"; see what it lost: {evaluate}" : "")
        );
        return ExitCodes.Ok;
    }

    /// <summary>Calibrates on images.</summary>
    /// <param name="file">Of the model, for messages.</param>
    /// <param name="model">What is quantised.</param>
    /// <param name="options">How.</param>
    /// <param name="place">Path or address of the images.</param>
    /// <param name="images">At most so many are used.</param>
    /// <exception cref="ModelException">None of them can be used, or the model cannot be quantised.</exception>
    public static ModelProto Quantize(
        string file,
        ModelProto model,
        QuantizationOptions options,
        string place,
        int images
    ) =>
        Quantize(
            file,
            model,
            options,
            () => new ImageSourceOptions { Places = [place] }.Open(TimeProvider.System),
            images
        );

    public static ModelProto Quantize(
        string file,
        ModelProto model,
        QuantizationOptions options,
        Func<IImageSource> open,
        int most
    )
    {
        // The model first: when it cannot be quantised, images do not matter.
        using (var conversion = new Int8Conversion(file, model, options))
        using (var images = open())
        using (var decoder = ImageDecoderFactory.Create(ImageDecoderFactory.Names[0], conversion.Preprocessing))
        {
            var pixels = new byte[conversion.Description.Height * conversion.Description.Width * 3];
            // Spread over all of them where it is known how many there are: the first ones may all be of one class.
            var count = images.DistinctImages ?? long.MaxValue;
            var stride = images.DistinctImages is null ? 1 : Math.Max(1, count / most);
            var position = 0L;
            AnsiConsole
                .Console.Progress()
                .HideCompleted(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new RemainingTimeColumn())
                .Start(progress =>
                {
                    var task = progress.AddTask("calibrating", maxValue: Math.Min(most, count));
                    for (; conversion.Images < most && position < count && images.TryNext(out var image); position++)
                    {
                        if (
                            position % stride == 0
                            && image.Failure == ImageFailure.None
                            && decoder.Decode(image.Bytes.Span, pixels) == ImageFailure.None
                        )
                        {
                            conversion.Add(pixels);
                            task.Increment(1);
                        }

                        image.Release();
                    }
                });
            var calibrated = conversion.Images;
            var quantized = conversion.Finish();
            OnnxNodes.SetMetadata(
                quantized,
                "quantization",
                $"int8 QDQ, {conversion.Weighted} weighted nodes, weights of {options.WeightBits} bits, "
                    + $"{options.Method.ToString().ToLowerInvariant()} over {calibrated} images"
            );
            AnsiConsole.Console.WriteLine(
                $"{conversion.Weighted} convolutions and matrix products quantised, calibrated on "
                    + $"{calibrated} image{(calibrated == 1 ? "" : "s")} "
                    + $"({options.Method.ToString().ToLowerInvariant()}, weights of {options.WeightBits} bits)"
            );
            return quantized;
        }
    }
}

using System.CommandLine;
using Google.Protobuf;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Models;
using InferenceMeter.Models.Quantization;
using Spectre.Console;

namespace InferenceMeter.Cli.Models;

/// <summary><c>model make resnet50</c>: the built-in model as a file.</summary>
internal static class MakeCommand
{
    private const string Known = "resnet50";
    private const int CalibrationPhotos = 32;

    private static readonly string[] Precisions = ["fp32", "fp16", "int8"];

    public static Command Create()
    {
        var name = new Argument<string>("NAME")
        {
            Description = $"{Known}: v1.5 with synthetic weights, which cost the same to run and recognise nothing",
        };
        var precision = new Option<string>("--precision")
        {
            Description = string.Join(" or ", Precisions),
            HelpName = "NAME",
            DefaultValueFactory = _ => "fp32",
        };
        var output = ModelCommand.Output();
        var force = ModelCommand.Force();
        var command = new Command("make", "Write a model of the program's own.") { name, precision, output, force };
        command.SetAction(parsed =>
            ErrorLine.GuardAsync(() =>
                Task.FromResult(
                    Run(
                        parsed.GetValue(name)!,
                        parsed.GetValue(precision)!,
                        parsed.GetValue(output),
                        parsed.GetValue(force)
                    )
                )
            )
        );
        return command;
    }

    private static int Run(string name, string precision, string? output, bool force)
    {
        if (name != Known)
            throw new UserException($"no model '{name}' can be made, accepted: {Known}");
        if (!Precisions.Contains(precision, StringComparer.Ordinal))
            throw new UserException($"--precision is '{precision}', accepted: {string.Join(" or ", Precisions)}");
        var target = output ?? $"{name}-{precision}.onnx";
        if (File.Exists(target) && !force)
            throw new UserException($"{target} is there already; give --force to replace it, or another --output");
        var model = ResNet50Builder.Build();
        // Noise is calibrated on the photographs that are made, too: the figures are those of such images.
        if (precision == "int8")
            model = ConvertCommand.Quantize(
                name,
                model,
                new QuantizationOptions(),
                () => new SyntheticPhotoSource(CalibrationPhotos, TimeProvider.System),
                CalibrationPhotos
            );
        else
            PrecisionConversion.Apply(name, model, precision);
        ModelCommand.Write(target, force, model.WriteTo);
        AnsiConsole.Console.WriteLine(
            $"{target}: {name}, {precision}, synthetic weights, {new FileInfo(target).Length / 1e6:0.0} MB"
        );
        return ExitCodes.Ok;
    }
}

using System.CommandLine;
using InferenceMeter.Models.Quantization;

namespace InferenceMeter.Commands.Models;

/// <summary>The options of an int8 conversion on the command line.</summary>
internal sealed class QuantizationArguments
{
    private static readonly string[] Methods = ["minmax", "percentile", "entropy"];
    private static readonly QuantizationOptions Defaults = new();

    public Option<string?> Calibrate { get; } =
        new("--calibrate")
        {
            Description = "with int8: folder of images like those to be classified",
            HelpName = "DIR",
        };

    public Option<int> Images { get; } =
        new("--calibration-images")
        {
            Description = "with int8: how many of them are looked at, spread over the folder",
            HelpName = "N",
            DefaultValueFactory = _ => 32,
        };

    private readonly Option<string> _method = new("--method")
    {
        Description = $"with int8: how ranges are found: {string.Join(", ", Methods)}",
        HelpName = "NAME",
        DefaultValueFactory = _ => "percentile",
    };
    private readonly Option<double> _percentile = new("--percentile")
    {
        Description = "with int8 and the method percentile: share of the values inside the range",
        HelpName = "PERCENT",
        DefaultValueFactory = _ => Defaults.Percentile,
    };
    private readonly Option<int> _bits = new("--weight-bits")
    {
        Description =
            "with int8: 7 never overflows on CPUs without VNNI (AVX2), 8 is finer where there is VNNI or a GPU",
        HelpName = "N",
        DefaultValueFactory = _ => Defaults.WeightBits,
    };
    private readonly Option<bool> _symmetric = new("--symmetric")
    {
        Description = "with int8: activations as int8 around 0, as TensorRT wants them, in place of uint8",
    };
    private readonly Option<bool> _keepFirst = new("--keep-first")
    {
        Description = "with int8: leave the first convolution in float",
    };
    private readonly Option<bool> _keepLast = new("--keep-last")
    {
        Description = "with int8: leave the last matrix product in float",
    };

    public void AddTo(Command command)
    {
        foreach (
            var option in new Option[]
            {
                Calibrate,
                Images,
                _method,
                _percentile,
                _bits,
                _symmetric,
                _keepFirst,
                _keepLast,
            }
        )
            command.Options.Add(option);
    }

    /// <exception cref="UserException">A value is none of those accepted.</exception>
    public QuantizationOptions Read(ParseResult parsed)
    {
        var (method, percentile, bits, images) = (
            parsed.GetValue(_method)!,
            parsed.GetValue(_percentile),
            parsed.GetValue(_bits),
            parsed.GetValue(Images)
        );
        if (!Methods.Contains(method, StringComparer.Ordinal))
            throw new UserException($"--method is '{method}', accepted: {string.Join(" or ", Methods)}");
        if (percentile is not (>= 90 and <= 100))
            throw new UserException($"--percentile is {percentile}, accepted: a number from 90 to 100");
        if (bits is not (7 or 8))
            throw new UserException($"--weight-bits is {bits}, accepted: 7 or 8");
        if (images is not (>= 1 and <= 10_000))
            throw new UserException($"--calibration-images is {images}, accepted: a whole number from 1 to 10,000");
        return new QuantizationOptions
        {
            Method = method switch
            {
                "minmax" => CalibrationMethod.MinMax,
                "entropy" => CalibrationMethod.Entropy,
                _ => CalibrationMethod.Percentile,
            },
            Percentile = percentile,
            WeightBits = bits,
            Symmetric = parsed.GetValue(_symmetric),
            KeepFirst = parsed.GetValue(_keepFirst),
            KeepLast = parsed.GetValue(_keepLast),
        };
    }
}

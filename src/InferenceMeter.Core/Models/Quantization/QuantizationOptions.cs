namespace InferenceMeter.Models.Quantization;

/// <summary>How the range of a value is taken from what calibration saw of it.</summary>
public enum CalibrationMethod
{
    /// <summary>From the least to the greatest value seen.</summary>
    MinMax,

    /// <summary>Leaves out the outermost values (<see cref="QuantizationOptions.Percentile"/>).</summary>
    Percentile,

    /// <summary>
    /// Clips where the quantised distribution tells most about the float one: the least Kullback-Leibler divergence
    /// (S. Migacz, 8-bit Inference with TensorRT, GTC 2017).
    /// </summary>
    Entropy,
}

/// <summary>How a float graph becomes an int8 one.</summary>
public sealed record QuantizationOptions
{
    /// <summary>Ranges of activations.</summary>
    public CalibrationMethod Method { get; init; } = CalibrationMethod.Percentile;

    /// <summary>
    /// Share of the values inside the range, in percent; with <see cref="CalibrationMethod.Percentile"/>.
    /// </summary>
    public double Percentile { get; init; } = 99.99;

    /// <summary>
    /// Bits of a weight, 8 or 7. The AVX2 instruction that multiplies bytes adds two products in 16 bits: with 8 bits
    /// two large weights
    /// beside each other overflow, with 7 never. VNNI (and GPUs) add in 32 bits.
    /// </summary>
    public int WeightBits { get; init; } = 7;

    /// <summary>
    /// Activations as int8 around 0 in place of uint8 with a zero point. TensorRT takes no other (its zero point must
    /// be 0); half of the
    /// levels are lost on values that are never negative.
    /// </summary>
    public bool Symmetric { get; init; }

    /// <summary>Leaves the first convolution in float32.</summary>
    public bool KeepFirst { get; init; }

    /// <summary>Leaves the last matrix product in float32.</summary>
    public bool KeepLast { get; init; }
}

namespace InferenceMeter.Models.Quantization;

/// <summary>Range of a value that quantisation keeps.</summary>
/// <param name="Min">At most 0: a zero, which padding is made of, must be exact.</param>
/// <param name="Max">At least 0.</param>
internal readonly record struct ActivationRange(float Min, float Max)
{
    // A value that is always 0 still needs a scale.
    private const float Least = 1e-8f;

    /// <summary>Scale and zero point: real = scale x (quantised - zero point).</summary>
    /// <param name="symmetric">int8 in [-127, 127] around 0; else uint8 in [0, 255].</param>
    public (float Scale, int ZeroPoint) Parameters(bool symmetric)
    {
        if (symmetric)
            return (Math.Max(Math.Max(-Min, Max) / 127, Least), 0);
        var scale = Math.Max((Max - Min) / 255, Least);
        return (scale, Math.Clamp((int)Math.Round(-Min / scale), 0, 255));
    }
}

namespace InferenceMeter.Models;

/// <summary>
/// From a 0..255 pixel to what the model wants: <c>(pixel * Scale - Mean) / Std</c>, each of three channels in the
/// order in which the model takes them.
/// </summary>
/// <param name="Scale">Factor on the pixel.</param>
/// <param name="Mean">Subtracted after scaling.</param>
/// <param name="Std">Divided by; none is 0.</param>
/// <param name="Bgr">The model takes blue first.</param>
internal sealed record ImageNormalization(double Scale, double[] Mean, double[] Std, bool Bgr)
{
    /// <summary>What published ImageNet weights are trained with.</summary>
    public static ImageNormalization ImageNet { get; } =
        new(1 / 255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], Bgr: false);

    /// <summary>Factor on the pixel, by channel.</summary>
    public float[] Factors => [.. Std.Select(std => (float)(Scale / std))];

    /// <summary>Added after that factor, by channel.</summary>
    public float[] Offsets => [.. Mean.Zip(Std, (mean, std) => (float)(-mean / std))];
}

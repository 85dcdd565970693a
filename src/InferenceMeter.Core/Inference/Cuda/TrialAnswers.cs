namespace InferenceMeter.Inference.Cuda;

/// <summary>The answers for one trial batch, compared with those of another run.</summary>
/// <param name="Classes">Best classes of each image, <paramref name="Top"/> of them.</param>
/// <param name="Probabilities">Of these classes.</param>
/// <param name="Top">Classes per image.</param>
internal sealed record TrialAnswers(long[] Classes, float[] Probabilities, int Top)
{
    // Kernels may add in another order from run to run, which moves a probability in proportion to itself.
    private const float Relative = 0.05f;
    private const float Absolute = 0.001f;

    public static TrialAnswers Of(BatchResult result) =>
        new([.. result.Classes], [.. result.Probabilities], result.Top);

    /// <summary>Whether both are answers for the same pictures, as far as rounding lets one tell.</summary>
    public bool IsLike(TrialAnswers other)
    {
        for (var image = 0; image < Classes.Length / Top; image++)
        {
            for (var rank = 0; rank < Top; rank++)
            {
                if (!IsLike(other, image * Top, rank))
                    return false;
            }
        }

        return true;
    }

    private bool IsLike(TrialAnswers other, int image, int rank)
    {
        var probability = Probabilities[image + rank];
        if (!AreClose(probability, other.Probabilities[image + rank]))
            return false;
        // Classes of nearly the same probability may change places, and the last one may give way to the next.
        var there = other.Classes.AsSpan(image, Top).IndexOf(Classes[image + rank]);
        return AreClose(probability, other.Probabilities[image + (there < 0 ? Top - 1 : there)]);
    }

    // False for what is not a number.
    private static bool AreClose(float a, float b) => Math.Abs(a - b) <= Absolute + (Relative * Math.Max(a, b));
}

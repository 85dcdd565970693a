using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace InferenceMeter.Inference;

/// <summary>The best classes of one image, with their probabilities. Allocates nothing.</summary>
public static class TopK
{
    /// <summary>Most classes one call gives.</summary>
    public const int Max = 10;

    private const int Block = 256;

    /// <summary>Finds the best classes, best first; of equal ones, the lower index.</summary>
    /// <param name="scores">One row of a <see cref="BatchResult"/>.</param>
    /// <param name="probabilities">The scores are probabilities already (<see cref="Models.ModelDescription.OutputsProbabilities"/>), not logits.</param>
    /// <param name="top">Receives as many classes as it has room for, at most <see cref="Max"/>.</param>
    /// <returns>How many were written: the room or the number of classes, whichever is less; 0 when a score is NaN or infinite,
    /// and then there is no answer for this image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is room for more than <see cref="Max"/>.</exception>
    public static int Select(ReadOnlySpan<float> scores, bool probabilities, Span<ScoredClass> top)
    {
        if (top.Length > Max) throw new ArgumentOutOfRangeException(nameof(top), top.Length, $"at most {Max} classes");
        if (scores.IsEmpty || top.IsEmpty) return 0;

        // Both give NaN when there is one, so two passes of SIMD see every kind of bad score.
        var max = TensorPrimitives.Max(scores);
        if (!float.IsFinite(max) || !float.IsFinite(TensorPrimitives.Min(scores))) return 0;

        Span<int> indices = stackalloc int[Max];
        indices = indices[..Math.Min(top.Length, scores.Length)];
        Find(scores, indices);

        var sum = probabilities ? 1 : SumOfExponentials(scores, max);
        for (var rank = 0; rank < indices.Length; rank++)
        {
            var score = scores[indices[rank]];
            top[rank] = new ScoredClass(indices[rank], probabilities ? score : MathF.Exp(score - max) / sum);
        }

        return indices.Length;
    }

    private static void Find(ReadOnlySpan<float> scores, Span<int> best)
    {
        var count = 0;
        var start = 0;
        // The first ones fill the list, in order.
        for (; start < best.Length; start++) Insert(scores, best, ref count, start);

        // After that few scores beat the worst in the list: whole vectors are skipped with one comparison.
        foreach (var vector in MemoryMarshal.Cast<float, Vector<float>>(scores[start..]))
        {
            if (Vector.GreaterThanAny(vector, new Vector<float>(scores[best[^1]])))
            {
                for (var i = start; i < start + Vector<float>.Count; i++) Insert(scores, best, ref count, i);
            }

            start += Vector<float>.Count;
        }

        for (; start < scores.Length; start++) Insert(scores, best, ref count, start);
    }

    private static void Insert(ReadOnlySpan<float> scores, Span<int> best, ref int count, int candidate)
    {
        if (count == best.Length && !(scores[candidate] > scores[best[^1]])) return;
        if (count < best.Length) count++;
        var at = count - 1;
        for (; at > 0 && scores[candidate] > scores[best[at - 1]]; at--) best[at] = best[at - 1];
        best[at] = candidate;
    }

    private static float SumOfExponentials(ReadOnlySpan<float> scores, float max)
    {
        Span<float> block = stackalloc float[Block];
        var sum = 0f;
        for (; !scores.IsEmpty; scores = scores[Math.Min(Block, scores.Length)..])
        {
            var part = block[..Math.Min(Block, scores.Length)];
            TensorPrimitives.Subtract(scores[..part.Length], max, part);
            TensorPrimitives.Exp(part, part);
            sum += TensorPrimitives.Sum(part);
        }

        return sum;
    }
}

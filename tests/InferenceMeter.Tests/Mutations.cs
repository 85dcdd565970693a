using CsCheck;

namespace InferenceMeter.Tests;

/// <summary>Damaged copies of good bytes.</summary>
internal static class Mutations
{
    /// <summary>
    /// One to eight changes: a bit or a byte, a cut at the end, a piece doubled, removed or made of one value.
    /// </summary>
    public static Gen<byte[]> Of(IReadOnlyList<byte[]> seeds) =>
        Gen.Select(
            Gen.Int[0, seeds.Count - 1],
            Gen.Select(Gen.Int[0, 5], Gen.Double[0, 1], Gen.Int[1, 64], Gen.Byte).Array[1, 8],
            (seed, changes) => changes.Aggregate(seeds[seed], Change)
        );

    private static byte[] Change(byte[] bytes, (int Kind, double At, int Length, byte Value) change)
    {
        if (bytes.Length == 0)
            return bytes;
        var at = Math.Min((int)(change.At * bytes.Length), bytes.Length - 1);
        var end = Math.Min(at + change.Length, bytes.Length);
        switch (change.Kind)
        {
            case 0:
                var flipped = bytes.ToArray();
                flipped[at] ^= (byte)(1 << (change.Value & 7));
                return flipped;
            case 1:
                var written = bytes.ToArray();
                written[at] = change.Value;
                return written;
            case 2:
                return bytes[..at];
            case 3:
                return [.. bytes[..end], .. bytes[at..]];
            case 4:
                return [.. bytes[..at], .. bytes[end..]];
            default:
                var filled = bytes.ToArray();
                filled.AsSpan(at, end - at).Fill(change.Value);
                return filled;
        }
    }
}

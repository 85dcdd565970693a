using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace InferenceMeter.Images;

/// <summary>One of several equal parts of the images: each image is in exactly one.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Count">Parts in all.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>Set by Kubernetes in the pods of an Indexed Job.</summary>
    public const string IndexVariable = "JOB_COMPLETION_INDEX";

    /// <summary>
    /// Whether the image at a place of the list is in it. Every nth and not a stretch: neighbours are often alike, and
    /// then the parts cost alike.
    /// </summary>
    public bool Contains(long place) => place % Count == Index;

    /// <summary>
    /// Whether the image of that name is in it. For lists that may change while several processes read them: a name
    /// stays in its part, whatever comes or goes beside it.
    /// </summary>
    public bool Contains(string name) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes(name.AsSpan())) % (ulong)Count == (ulong)Index;

    /// <summary>Reads <c>2/8</c>, or <c>8</c> with the index from elsewhere.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="index">Of <see cref="IndexVariable"/>, or <see langword="null"/>.</param>
    /// <param name="shard">When it can be used.</param>
    /// <param name="error">Why not.</param>
    public static bool TryParse(string text, string? index, out Shard shard, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        shard = default;
        error = null;
        var parts = text.Split('/');
        if (parts.Length == 1 && index is null)
            error = $"needs {IndexVariable} to say which part, or the form 0/{text}";
        else if (
            parts.Length > 2
            || !int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count < 1
            || !int.TryParse(
                parts.Length == 2 ? parts[0] : index,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var at
            )
        )
            error = "accepted: part/parts from 0, such as 0/8, or the parts alone with the part in " + IndexVariable;
        else if (at >= count)
            error = $"part {at} of {count}: parts are numbered from 0 to {count - 1}";
        else
            shard = new Shard(at, count);
        return error is null;
    }
}

namespace InferenceMeter.Models;

/// <summary>
/// The class "none of them" that TensorFlow's ImageNet models score as number 0, in front of the 1,000. It is cut off
/// as
/// the model is loaded: indices, labels and accuracy are of ImageNet's own numbering everywhere else.
/// </summary>
internal static class BackgroundClass
{
    /// <summary>Key of the sidecar.</summary>
    public const string Key = "background_class";

    private static readonly string[] Names = ["background", "dummy"];

    /// <summary>Whether the first score of a model is that of a background class.</summary>
    /// <param name="path">Of the model, for messages.</param>
    /// <param name="settings">May say so; else 1,001 scores of ImageNet's classes have one.</param>
    /// <param name="scores">How many the model gives for an image.</param>
    /// <param name="labels">The names that were given for them, if any.</param>
    /// <exception cref="ModelException">There would not be two classes left.</exception>
    public static bool IsIn(string path, SidecarSettings settings, int scores, IReadOnlyList<string>? labels)
    {
        if (settings.Flag(Key) is { } said)
        {
            if (said && scores < 3)
                throw new ModelException(
                    $"{path}: \"{Key}\" is true, but the model scores {scores} classes in all; leave it out"
                );
            return said;
        }

        if (scores != ClassLabels.ImageNet.Count + 1)
            return false;
        // 1,001 names of a user's own are classes like any other, unless the first is the background itself.
        return labels is null || labels.Count < scores || Names.Contains(labels[0], StringComparer.OrdinalIgnoreCase);
    }
}

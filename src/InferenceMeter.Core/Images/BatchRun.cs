namespace InferenceMeter.Images;

/// <summary>The run of a batch, as those whose images were in it are told.</summary>
/// <param name="Order">Of the batch among all that were closed; no two have the same.</param>
/// <param name="Started">Timestamp at which it began.</param>
/// <param name="Ended">Timestamp at which it was over.</param>
/// <param name="Images">Images in the batch.</param>
public readonly record struct BatchRun(long Order, long Started, long Ended, int Images);

namespace InferenceMeter.Images.Stores;

/// <summary>An image that waits to be taken.</summary>
/// <param name="Image">It.</param>
/// <param name="HeldBytes">What it takes of the budget meanwhile.</param>
internal readonly record struct ReadyImage(FetchedImage Image, long HeldBytes);

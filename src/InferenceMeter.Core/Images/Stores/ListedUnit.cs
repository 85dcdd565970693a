namespace InferenceMeter.Images.Stores;

/// <summary>One thing to read: an image, or an archive.</summary>
/// <param name="Location">Where it was listed.</param>
/// <param name="Item">What it is.</param>
/// <param name="Part">Which images of an archive are wanted, by their places; <see langword="null"/>: all.</param>
/// <param name="Pass">The listing that it comes from.</param>
internal readonly record struct ListedUnit(IImageLocation Location, StoredObject Item, Shard? Part, ListedPass Pass);

namespace InferenceMeter.Images.Stores;

/// <summary>A file or an object of a bucket: an image, or an archive of images.</summary>
/// <param name="Store">Who reads it.</param>
/// <param name="Key">Its path, or its key in the bucket.</param>
/// <param name="Name">Path or address as it is written out.</param>
/// <param name="Size">Bytes, where the listing says it.</param>
internal readonly record struct StoredObject(IObjectStore Store, string Key, string Name, long? Size);

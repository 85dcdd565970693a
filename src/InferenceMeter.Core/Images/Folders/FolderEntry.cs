namespace InferenceMeter.Images.Folders;

/// <summary>A name in a folder.</summary>
/// <param name="Name">Without the folder.</param>
/// <param name="Kind">What it is, or what the link points to.</param>
/// <param name="IsLink">It is a symbolic link.</param>
internal readonly record struct FolderEntry(string Name, EntryKind Kind, bool IsLink);

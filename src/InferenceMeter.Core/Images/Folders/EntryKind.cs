namespace InferenceMeter.Images.Folders;

/// <summary>What a name in a folder is, links followed.</summary>
internal enum EntryKind
{
    /// <summary>An ordinary file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A pipe, a socket or a device: opening it may wait for ever.</summary>
    Special,

    /// <summary>A link to nowhere, or what was removed meanwhile.</summary>
    Gone,
}

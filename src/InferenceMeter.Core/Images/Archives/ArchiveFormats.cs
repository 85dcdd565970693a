namespace InferenceMeter.Images.Archives;

/// <summary>The kinds of file that hold many images.</summary>
internal static class ArchiveFormats
{
    private static readonly (string Extension, IArchiveReader Reader)[] Readers =
    [
        (".tar", new TarArchiveReader(isGzip: false)),
        (".tar.gz", new TarArchiveReader(isGzip: true)),
        (".tgz", new TarArchiveReader(isGzip: true)),
        (".zip", new ZipArchiveReader()),
        (".parquet", new ParquetArchiveReader()),
    ];

    /// <summary>How names of archives end, for messages.</summary>
    public static string ExtensionList { get; } = string.Join(", ", Readers.Select(reader => reader.Extension));

    /// <summary>Whether a file of that name holds images in place of being one.</summary>
    public static bool IsArchive(string name) => ReaderOf(name) is not null;

    /// <summary>What reads a file of that name; <see langword="null"/> when it is no archive.</summary>
    public static IArchiveReader? ReaderOf(string name)
    {
        foreach (var (extension, reader) in Readers)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                return reader;
        }

        return null;
    }
}

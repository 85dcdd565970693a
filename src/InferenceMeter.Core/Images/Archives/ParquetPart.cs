namespace InferenceMeter.Images.Archives;

/// <summary>
/// Which rows of a Parquet file are wanted: whole row groups where there are at least as many as parts, since one that
/// is read is decoded whole; else single rows.
/// </summary>
internal readonly struct ParquetPart
{
    private readonly Shard? _groups;
    private readonly Shard? _rows;

    private ParquetPart(Shard? groups, Shard? rows)
    {
        _groups = groups;
        _rows = rows;
    }

    /// <param name="part"><see langword="null"/>: all of it.</param>
    /// <param name="rowGroups">That the file has.</param>
    public static ParquetPart Of(Shard? part, int rowGroups) =>
        rowGroups >= part?.Count ? new ParquetPart(part, null) : new ParquetPart(null, part);

    /// <summary>Whether something of a row group is wanted.</summary>
    public bool HasGroup(int group) => _groups?.Contains(group) != false;

    /// <summary>Whether a row is wanted, of a row group that is.</summary>
    public bool HasRow(long row) => _rows?.Contains(row) != false;
}

using static InferenceMeter.Images.Archives.ThriftType;

namespace InferenceMeter.Images.Archives;

/// <summary>What is needed of the descriptions in a Parquet file, by the numbers of its specification.</summary>
internal static class ParquetShapes
{
    private static readonly ThriftShape Nothing = new();

    /// <summary>What a column means: text, a list, a map, a decimal, an integer of some bits, JSON and so on.</summary>
    private static readonly ThriftShape LogicalType = new(
        new(1, Struct, Nothing),
        new(2, Struct, Nothing),
        new(3, Struct, Nothing),
        new(4, Struct, Nothing),
        new(5, Struct, new(new ThriftField(1, Int), new ThriftField(2, Int))),
        new(6, Struct, Nothing),
        new(10, Struct, new(new ThriftField(1, ThriftType.Byte), new ThriftField(2, True))),
        new(12, Struct, Nothing),
        new(13, Struct, Nothing)
    );

    /// <summary>Type, length, repetition, name, children, scale and precision of a column or a group of them.</summary>
    private static readonly ThriftShape SchemaElement = new(
        new(1, Int),
        new(2, Int),
        new(3, Int),
        new(4, Binary),
        new(5, Int),
        new(6, Int),
        new(7, Int),
        new(8, Int),
        new(10, Struct, LogicalType)
    );

    /// <summary>Type, encodings, path, codec, number of values, sizes and offsets of a column in a row group.</summary>
    private static readonly ThriftShape Column = new(
        new(1, Int),
        new(2, Int, IsList: true),
        new(3, Binary, IsList: true),
        new(4, Int),
        new(5, Long),
        new(6, Long),
        new(7, Long),
        new(9, Long),
        new(10, Long),
        new(11, Long)
    );

    /// <summary>Columns, bytes and rows of a row group.</summary>
    private static readonly ThriftShape RowGroup = new(
        new(1, Struct, new(new(2, Long), new(3, Struct, Column)), IsList: true),
        new(2, Long),
        new(3, Long)
    );

    /// <summary>Version, schema, rows and row groups of a file.</summary>
    public static ThriftShape File { get; } =
        new(
            new(1, Int),
            new(2, Struct, SchemaElement, IsList: true),
            new(3, Long),
            new(4, Struct, RowGroup, IsList: true)
        );

    /// <summary>
    /// Kind and sizes of a page, and of pages with values their number and encoding. Those of the second version begin
    /// with levels that are not compressed.
    /// </summary>
    public static ThriftShape Page { get; } =
        new(
            new(1, Int),
            new(2, Int),
            new(3, Int),
            new(5, Struct, new(new(1, Int), new(2, Int), new(3, Int), new(4, Int))),
            new(7, Struct, new(new(1, Int), new(2, Int), new(3, True))),
            new(
                8,
                Struct,
                new(new(1, Int), new(2, Int), new(3, Int), new(4, Int), new(5, Int), new(6, Int), new(7, True))
            )
        );
}

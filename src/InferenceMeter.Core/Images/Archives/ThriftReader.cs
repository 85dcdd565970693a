namespace InferenceMeter.Images.Archives;

/// <summary>
/// Reads Thrift's compact protocol, in which Parquet writes its descriptions, and never beyond its bytes.
/// </summary>
/// <param name="data">Bytes of a structure, then anything.</param>
internal ref struct ThriftReader(ReadOnlySpan<byte> data)
{
    private const int MostDepth = 32;

    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Goes on to the next field of a structure.</summary>
    /// <param name="id">Its number; before the call that of the field before it, or 0.</param>
    /// <param name="type">What follows.</param>
    /// <returns><see langword="false"/> at the end of the structure.</returns>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public bool NextField(ref int id, out ThriftType type)
    {
        var header = Byte();
        type = (ThriftType)(header & 0x0F);
        if (type == ThriftType.Stop)
            return header == 0 ? false : throw Broken();
        id = header >> 4 == 0 ? Int() : id + (header >> 4);
        return id is > 0 and <= short.MaxValue ? true : throw Broken();
    }

    /// <summary>Reads the beginning of a list.</summary>
    /// <exception cref="InvalidDataException">It has more elements than there are bytes.</exception>
    public int List(out ThriftType element)
    {
        var header = Byte();
        element = (ThriftType)(header & 0x0F);
        var count = header >> 4 == 15 ? Number() : (uint)(header >> 4);
        return count <= (ulong)(_data.Length - Position) ? (int)count : throw Broken();
    }

    /// <summary>Reads a byte.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public byte Byte() => Position < _data.Length ? _data[Position++] : throw Broken();

    /// <summary>Reads an integer of up to 32 bits.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public int Int() => Long() is >= int.MinValue and <= int.MaxValue and var value ? (int)value : throw Broken();

    /// <summary>Reads an integer of up to 64 bits.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public long Long()
    {
        var number = Number();
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    /// <summary>Reads text or bytes.</summary>
    /// <exception cref="InvalidDataException">They are longer than what there is.</exception>
    public ReadOnlySpan<byte> Binary()
    {
        var length = Number();
        if (length > (ulong)(_data.Length - Position))
            throw Broken();
        var value = _data.Slice(Position, (int)length);
        Position += (int)length;
        return value;
    }

    /// <summary>Passes over a value.</summary>
    /// <exception cref="InvalidDataException">There is none of that type.</exception>
    public void Skip(ThriftType type, int depth = 0)
    {
        if (depth > MostDepth)
            throw Broken();
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Byte();
                break;
            case ThriftType.Short or ThriftType.Int or ThriftType.Long:
                Number();
                break;
            case ThriftType.Double:
                for (var i = 0; i < sizeof(double); i++)
                    Byte();
                break;
            case ThriftType.Binary:
                Binary();
                break;
            case ThriftType.List or ThriftType.Set:
                for (var left = List(out var element); left > 0; left--)
                    SkipElement(element, depth + 1);
                break;
            case ThriftType.Struct:
                var id = 0;
                while (NextField(ref id, out var field))
                    Skip(field, depth + 1);
                break;
            default:
                throw Broken();
        }
    }

    /// <summary>In lists a truth value has a byte of its own.</summary>
    private void SkipElement(ThriftType type, int depth) =>
        Skip(type is ThriftType.True or ThriftType.False ? ThriftType.Byte : type, depth);

    private ulong Number()
    {
        const int MostBits = 70;
        var number = 0UL;
        for (var shift = 0; shift < MostBits; shift += 7)
        {
            var next = Byte();
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }

        throw Broken();
    }

    private static InvalidDataException Broken() => new("a description in it is broken");
}

namespace InferenceMeter.Images.Archives;

/// <summary>What follows the number of a field in Thrift's compact protocol, by its number there.</summary>
internal enum ThriftType
{
    Stop = 0,

    /// <summary>The value is in the type; <see cref="False"/> is the other one.</summary>
    True = 1,
    False = 2,
    Byte = 3,
    Short = 4,
    Int = 5,
    Long = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}

namespace InferenceMeter.Models.Catalog;

/// <summary>Why a mirror does not give the right file.</summary>
internal enum MirrorFault
{
    /// <summary>The connection broke, or fell silent.</summary>
    Broken,

    /// <summary>No connection could be made.</summary>
    Unreachable,

    /// <summary>It gives another file.</summary>
    WrongContent,

    /// <summary>It answered with an error.</summary>
    Refused,
}

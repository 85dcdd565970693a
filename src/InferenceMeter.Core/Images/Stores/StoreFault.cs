namespace InferenceMeter.Images.Stores;

/// <summary>Why a store did not give what it was asked for.</summary>
internal enum StoreFault
{
    /// <summary>The file or object is not there.</summary>
    NotFound,

    /// <summary>It may not be read.</summary>
    Forbidden,

    /// <summary>The store does not know who asks: credentials are missing, wrong or expired.</summary>
    Credentials,

    /// <summary>The store is overloaded, answers with errors or cannot be reached; it may be well later.</summary>
    Unavailable,

    /// <summary>Another version of the object lies there than the one whose first part was read.</summary>
    Changed,

    /// <summary>Any other error of reading.</summary>
    Unreadable,
}

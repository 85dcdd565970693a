namespace InferenceMeter.Web.OpenInference;

/// <summary>What is wrong with a request.</summary>
internal enum ProtocolError
{
    /// <summary>It is not what the model takes.</summary>
    Invalid,

    /// <summary>There is no such model or version.</summary>
    NotFound,

    /// <summary>The image cannot be classified.</summary>
    Unprocessable,

    /// <summary>Its time was over.</summary>
    Late,

    /// <summary>Nothing is classified at present.</summary>
    Unavailable,
}

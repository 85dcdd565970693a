namespace InferenceMeter.Images.Stores;

/// <summary>A store did not give what it was asked for. The message is one line with the store's own reason.</summary>
internal sealed class StoreException(StoreFault fault, string message, Exception? inner = null)
    : IOException(message, inner)
{
    /// <summary>The kind of failure.</summary>
    public StoreFault Fault { get; } = fault;

    /// <summary>How the one image fails that was asked for.</summary>
    public ImageFailure ImageFailure =>
        Fault switch
        {
            StoreFault.NotFound => ImageFailure.NotFound,
            StoreFault.Forbidden or StoreFault.Credentials => ImageFailure.Forbidden,
            _ => ImageFailure.Unreadable,
        };
}

using Google.Protobuf;
using Grpc.Core;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// Binds the service with readers that tell clients when a message is no protobuf of its kind. Without them the server
/// takes that for an error of its own, and answers UNKNOWN.
/// </summary>
internal static class CheckedMessages
{
    /// <summary>What the server calls to learn the methods of the service.</summary>
    public static void BindService(ServiceBinderBase binder, GRPCInferenceService.GRPCInferenceServiceBase service) =>
        GRPCInferenceService.BindService(new Binder(binder), service);

    private static Method<TRequest, TResponse> Check<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class =>
        new(
            method.Type,
            method.ServiceName,
            method.Name,
            Marshallers.Create(
                method.RequestMarshaller.ContextualSerializer,
                context => Read(method.RequestMarshaller, context)
            ),
            method.ResponseMarshaller
        );

    private static T Read<T>(Marshaller<T> marshaller, DeserializationContext context)
    {
        try
        {
            return marshaller.ContextualDeserializer(context);
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new RpcException(
                new Status(StatusCode.InvalidArgument, $"the message is no {typeof(T).Name}: {broken.Message}")
            );
        }
    }

    private sealed class Binder(ServiceBinderBase inner) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            UnaryServerMethod<TRequest, TResponse>? handler
        ) => inner.AddMethod(Check(method), handler);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            ClientStreamingServerMethod<TRequest, TResponse>? handler
        ) => inner.AddMethod(Check(method), handler);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            ServerStreamingServerMethod<TRequest, TResponse>? handler
        ) => inner.AddMethod(Check(method), handler);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method,
            DuplexStreamingServerMethod<TRequest, TResponse>? handler
        ) => inner.AddMethod(Check(method), handler);
    }
}

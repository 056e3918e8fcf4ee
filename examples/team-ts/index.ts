import * as fs from "fs";
import * as pulumi from "@pulumi/pulumi";
import { MeshService } from "@pulumi/ambient-ecs";

const config = new pulumi.Config();
const contractParameter = `/ambient-ecs/${config.require("install")}/v1/${config.require("cluster")}/contract`;

// The team's task definition in AWS's format knows nothing of the mesh. What other resources give comes as inputs.
const cart = new MeshService("cart", {
    contractParameter,
    serviceAccount: "cart",
    taskDefinition: fs.readFileSync("cart.json", "utf8"),
    image: config.require("image"),
    secrets: { DB_PASSWORD: config.require("databaseSecretArn") },
    executionRoleArn: config.require("executionRoleArn"),
    desiredCount: 2,
    client: "node",
});

// The short form: an image and ports.
const greeter = new MeshService("greeter", {
    contractParameter,
    serviceAccount: "cart",
    image: "public.ecr.aws/j8r2p7b6/echo-server:latest",
    ports: [{ port: 8080 }, { port: 9090, protocol: "grpc" }],
    environment: { CART: pulumi.interpolate`http://${cart.hostname}:8080` },
    // Users come through the platform's gateway, by a host that the platform has granted.
    ingress: { hosts: [config.require("host")] },
    // One task in any case, and of all others three in four on Fargate Spot.
    capacityProviderStrategy: [{ capacityProvider: "FARGATE", base: 1, weight: 1 }, { capacityProvider: "FARGATE_SPOT", weight: 3 }],
    desiredCount: 4,
    tags: { CostCenter: "4711" },
});

export const hostnames = [cart.hostname, greeter.hostname];
export const pointTheHostTo = greeter.ingressAddress;
export const meshServices = { [config.require("cluster")]: { cart: cart.service, greeter: greeter.service } };
